// Counts and prints what was checked: `ok N - name`, at the end `N passed, N failed`.

let passed = 0;
let failed = 0;

/** Runs one check. A failure is printed and ends its chapter, whose later steps would only fail for its sake. */
export async function step(name, check) {
  try {
    await check();
  } catch (error) {
    failed += 1;
    console.log(`not ok ${passed + failed} - ${name}`);
    console.log(indent(error.stack ?? String(error)));
    throw new Stop();
  }
  passed += 1;
  console.log(`ok ${passed + failed} - ${name}`);
}

/** Runs the steps of one chapter; what happens outside a step counts as a failure too. */
export async function chapter(name, steps) {
  console.log(`# ${name}`);
  try {
    await steps();
    return true;
  } catch (error) {
    if (!(error instanceof Stop)) {
      failed += 1;
      console.log(`not ok ${passed + failed} - ${name}`);
      console.log(indent(error.stack ?? String(error)));
    }
    return false;
  }
}

/** Prints the sum; the exit code of the test. */
export function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

class Stop extends Error {}

function indent(text) {
  return text.replace(/^/gm, "    ");
}
