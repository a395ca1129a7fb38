// Authenticators made of programs of other makers: zbarimg reads the QR code, oathtool or KeePassXC makes the codes.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PERIOD = 30;

export class Authenticator {
  /** Reads the one QR code on a screenshot. */
  static scan(picture) {
    const options = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    const text = execFileSync("zbarimg", ["--quiet", "--raw", picture], options).trim();
    const lines = text.split("\n");
    if (lines.length !== 1) throw new Error(`${lines.length} codes on the picture`);
    return new this(lines[0]);
  }

  constructor(uri) {
    const { protocol, host, pathname, searchParams } = new URL(uri);
    this.uri = uri;
    this.kind = `${protocol}//${host}`;
    this.name = decodeURIComponent(pathname.slice(1));
    this.issuer = searchParams.get("issuer");
    this.secret = searchParams.get("secret");
    this.last = 0;
  }

  /** A code that was not used yet, of the oldest time step the server takes: one step back, this one, or the next. */
  async code(oldest = now() - 1) {
    let step = Math.max(this.last + 1, oldest);
    // A step must not fall out of the window on the way; one too far ahead has to come first.
    while (step > now() + 1 || (step < now() && secondsLeft() < 8)) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      step = Math.max(this.last + 1, now() - 1);
    }
    this.last = step;
    return this.at(step);
  }

  /** A code that was not used yet, and that the server knows for a while after it was. */
  async lastingCode() {
    return this.code(now());
  }

  /** The code used last. */
  usedCode() {
    return this.at(this.last);
  }

  /** Six digits that are not right in any step near now. */
  wrongCode() {
    const near = [-3, -2, -1, 0, 1, 2, 3].map((distance) => this.at(now() + distance));
    for (let number = 0; ; number += 1) {
      const code = String(number).padStart(6, "0");
      if (!near.includes(code)) return code;
    }
  }

  at(step) {
    const time = new Date(step * PERIOD * 1000).toISOString();
    const options = ["--totp", "--base32", `--now=${time}`, "-"];
    return execFileSync("oathtool", options, { encoding: "utf8", input: `${this.secret}\n` }).trim();
  }
}

/** KeePassXC, which knows the time and its entry alone: it shows the code of this very moment. */
export class KeePassXC extends Authenticator {
  constructor(uri) {
    super(uri);
    this.folder = mkdtempSync(join(tmpdir(), "keepassxc-"));
    this.file = join(this.folder, "codes.kdbx");
    const xml = join(this.folder, "codes.xml");
    const otp = uri.replaceAll("&", "&amp;");
    writeFileSync(
      xml,
      `<?xml version="1.0"?><KeePassFile><Root><Group><Name>Root</Name><Entry><String><Key>Title</Key>` +
        `<Value>portal</Value></String><String><Key>otp</Key><Value>${otp}</Value></String></Entry></Group></Root></KeePassFile>`,
    );
    this.#run(["import", "--quiet", "--set-password", xml, this.file], "master\nmaster\n");
  }

  /** Gone with the test. */
  forget() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async code() {
    // Its own clock decides: the code is of a step that was not used, with time left to type it.
    while (now() <= this.last || secondsLeft() < 3) await new Promise((resolve) => setTimeout(resolve, 250));
    this.last = now();
    return this.#run(["show", "--quiet", "--totp", this.file, "portal"], "master\n").trim();
  }

  #run(words, input) {
    return execFileSync("keepassxc-cli", words, { encoding: "utf8", input, stdio: ["pipe", "pipe", "ignore"] });
  }
}

function now() {
  return Math.floor(Date.now() / 1000 / PERIOD);
}

function secondsLeft() {
  return PERIOD - ((Date.now() / 1000) % PERIOD);
}
