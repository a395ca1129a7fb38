// Starts and stops the built program.

import { spawn } from "node:child_process";

/** A running portal: its address, and the passwords it printed, by name. */
export class Portal {
  static async start(program, folder, store) {
    const child = spawn(program, ["--data", folder, "--listen", "127.0.0.1:0", ...store], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const portal = new Portal(child);
    await portal.#opened();
    return portal;
  }

  constructor(child) {
    this.child = child;
    this.output = "";
    this.ended = new Promise((resolve) => child.once("close", resolve));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        this.output += text;
      });
    }
    child.once("error", (error) => {
      this.output += `\n${error}`;
    });
  }

  /** The passwords of the first start, by name. */
  get passwords() {
    const lines = this.output.matchAll(/^ {2}(\w+) +([0-9a-z-]{19}) +\(/gm);
    return Object.fromEntries(Array.from(lines, ([, name, password]) => [name, password]));
  }

  async stop() {
    this.child.kill("SIGTERM");
    await this.ended;
  }

  async #opened() {
    const end = Date.now() + 60_000;
    while (Date.now() < end) {
      const found = this.output.match(/open at (http:\/\/\S+)/);
      if (found) {
        this.address = found[1];
        return;
      }
      if (this.child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.child.kill("SIGKILL");
    throw new Error(`the portal did not open:\n${this.output}`);
  }
}
