// Timing, and tables of it.

/** Times a call: rounds of some milliseconds, after as many that are not counted. */
export function time(call, { rounds = 40, milliseconds = 5 } = {}) {
    let calls = 1;
    while (measure(call, calls) < milliseconds / 1000) {
        calls *= 2;
    }
    for (let round = 0; round < rounds; round += 1) {
        measure(call, calls);
    }
    const each = Array.from({ length: rounds }, () => (measure(call, calls) / calls) * 1e6).sort((a, b) => a - b);
    const at = (part) => each[Math.floor(part * (rounds - 1))];
    return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

function measure(call, calls) {
    const started = process.hrtime.bigint();
    for (let done = 0; done < calls; done += 1) {
        call();
    }
    return Number(process.hrtime.bigint() - started) / 1e9;
}

/** A table of what was measured, for `docs/performance.md`. */
export function table(rows) {
    const cell = (timed) => (timed === null ? '' : `${timed.median.toFixed(2)} (${timed.low.toFixed(2)} to ${timed.high.toFixed(2)})`);
    const ratio = (value) => (value === null ? '' : value.toFixed(1));
    const lines = rows.map(
        ([way, library, right, wrong, toRight, toWrong]) =>
            `| ${way} | ${library} | ${cell(right)} | ${cell(wrong)} | ${ratio(toRight)} | ${ratio(toWrong)} |`,
    );
    return ['| | Library | right code, µs | wrong code, µs | times ours | times ours |', '|---|---|---|---|---|---|', ...lines].join('\n');
}
