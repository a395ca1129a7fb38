// One portal with its people, on one store, looked at through windows of one width.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";

import { Person } from "./person.js";
import { Portal } from "./portal.js";
import { chapter, step } from "./report.js";

export class World {
  constructor(settings) {
    Object.assign(this, settings);
    /** What people hold: their apps and backup codes, by name. */
    this.holds = { admin: {}, it: {}, user: {} };
  }

  async start() {
    return chapter(`${this.name}: start`, async () => {
      await step("the first start prints the address and three passwords", async () => {
        this.portal = await Portal.start(this.program, this.folder, this.store);
        this.passwords = this.portal.passwords;
        assert.deepEqual(Object.keys(this.passwords), ["admin", "it", "user"]);
      });
      await step("the keyring is readable by its owner only", () => {
        assert.equal(statSync(join(this.folder, "keyring")).mode & 0o777, 0o600);
      });
    });
  }

  async restart() {
    return chapter(`${this.name}: a second start`, () =>
      step("a second start finds everything again, and prints no password", async () => {
        await this.portal.stop();
        this.portal = await Portal.start(this.program, this.folder, this.store);
        assert.deepEqual(this.portal.passwords, {});
        const user = await this.arrive("user");
        await user.signIn();
        assert.equal(user.at(), "/challenge");
        await user.leave();
      }),
    );
  }

  async stop() {
    await this.portal?.stop();
  }

  /** Somebody opens a window of their own: a second one stands for a second device. */
  arrive(name, settings) {
    return Person.arrive(this, name, settings);
  }
}
