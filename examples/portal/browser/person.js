// A person in front of a browser: what they do, and what must be true of every page they see.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 360, height: 740 };
/** A machine with much else to do takes its time; nothing waits for long otherwise. */
const PATIENCE = 120_000;

export class Person {
  /** Opens a window. `settings` are those of a browser context, such as `javaScriptEnabled`. */
  static async arrive(world, name, settings = {}) {
    const address = world.portal.address;
    const size = world.isPhone ? PHONE : DESKTOP;
    const context = await world.browser.newContext({
      baseURL: address,
      viewport: size,
      colorScheme: "light",
      acceptDownloads: true,
      ...settings,
    });
    context.setDefaultTimeout(PATIENCE);
    const person = new Person(world, context, await context.newPage(), name, settings);
    person.size = size;
    person.#watch(address);
    return person;
  }

  constructor(world, context, page, name, settings) {
    Object.assign(this, { world, context, page, name, complaints: [] });
    this.runsScripts = settings.javaScriptEnabled ?? true;
    this.holds = world.holds[name];
  }

  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }

  at() {
    const { pathname, search } = new URL(this.page.url());
    return pathname + search;
  }

  heading() {
    return this.page.locator("h1").innerText();
  }

  text() {
    return this.page.locator("main").innerText();
  }

  async go(path) {
    return this.page.goto(path);
  }

  async signIn(password = this.world.passwords[this.name], name = this.name) {
    await this.go("/sign-in");
    // Half-way in already: the page of the next step offers to begin again.
    if (this.at() !== "/sign-in") await this.press("Start again with another name");
    await this.page.getByLabel("Name").fill(name);
    await this.page.getByLabel("Password").fill(password);
    await this.press("Continue");
  }

  async signOut() {
    await this.press("Sign out");
    assert.equal(this.at(), "/sign-in?out");
  }

  async typeCode(code, button) {
    await this.page.locator("#code").fill(code);
    await this.press(button);
  }

  /** Signs in with the password and a code of the app. */
  async comeIn() {
    await this.signIn();
    await this.typeCode(await this.holds.app.code(), "Sign in");
    assert.equal(this.at(), "/");
  }

  /** Reads the QR code of the setup page with this kind of app, types its code, and ticks that the codes are stored. */
  async setUp(App) {
    this.holds.app = App.scan(await this.picture("19-setup"));
    await this.typeCode(await this.holds.app.code(), "Confirm");
    this.holds.backup = await this.page.locator("#codes code").allInnerTexts();
    await this.storeCodes();
  }

  async storeCodes() {
    await this.page.getByLabel("I have stored my backup codes").check();
    await this.press("Continue to the portal");
    assert.equal(this.at(), "/");
  }

  /** Follows the link of this name, in the page or its navigation. */
  async follow(name) {
    await this.page.getByRole("link", { name, exact: true }).first().click();
  }

  /** The form under this heading. */
  under(heading) {
    const has = this.page.getByRole("heading", { name: heading, exact: true });
    return this.page.locator(".card").filter({ has });
  }

  /** Fills the reason under this heading, and presses the button. */
  async act(heading, button, reason) {
    const card = this.under(heading);
    await card.getByLabel("Reason").fill(reason);
    await card.getByRole("button", { name: button, exact: true }).click();
  }

  async press(name) {
    await this.page.getByRole("button", { name, exact: true }).click();
  }

  /**
   * Looks at the page: axe-core finds nothing, and nothing sticks out at a phone's width. Where the story has pictures, it
   * is taken wide and narrow, light and dark. The answer is a picture to read a QR code from.
   */
  async picture(name) {
    const { page, size } = this;
    if (!this.world.pictures) {
      await this.#check(name);
      const path = join(tmpdir(), `${process.pid}-${name}.png`);
      if (name.includes("setup")) await page.screenshot({ path, fullPage: true });
      return path;
    }
    const path = (kind) => join(this.world.pictures, `${name}-${kind}.png`);
    for (const [width, size] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
      await page.setViewportSize(size);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: path(`${width}-${colorScheme}`), fullPage: true });
        if ((width === "desktop") === (colorScheme === "light")) await this.#check(name);
      }
    }
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: "light" });
    return path("phone-dark");
  }

  async #check(name) {
    const { page } = this;
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(wide <= room, `${name} is ${wide} px wide on a screen of ${room}`);
    await this.#checkForm();
    // Where scripts are turned off, axe-core does not run either; the same pages are seen with scripts too.
    if (!this.runsScripts) return;
    // Evaluated from outside: the page's own policy lets no script in.
    await page.evaluate(AXE);
    const violations = await page.evaluate(async () => {
      const found = await window.axe.run(document, { resultTypes: ["violations"] });
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
    });
    assert.deepEqual(violations, [], name);
  }

  /** Every field has a label, no id is used twice, and nothing secret is in the address. */
  async #checkForm() {
    const problems = await this.page.evaluate(() => {
      const found = [];
      const ids = Array.from(document.querySelectorAll("[id]"), (element) => element.id);
      if (new Set(ids).size !== ids.length) found.push("an id is used twice");
      for (const field of document.querySelectorAll("input:not([type=hidden]), select")) {
        if (field.labels.length === 0) found.push(`the field ${field.name} has no label`);
      }
      for (const described of document.querySelectorAll("[aria-describedby]")) {
        for (const id of described.getAttribute("aria-describedby").split(" ")) {
          if (!document.getElementById(id)) found.push(`nothing has the id ${id}`);
        }
      }
      return found;
    });
    assert.deepEqual(problems, []);
  }

  #watch(address) {
    this.page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(`${address}/`) && !url.startsWith("blob:")) {
        this.complaints.push(`a request left the site: ${url}`);
      }
      const secret = /secret|otpauth|ticket|token|password|code=/i;
      if (secret.test(new URL(url).search)) this.complaints.push(`a secret in an address: ${url}`);
    });
    this.page.on("response", (response) => {
      if (response.status() >= 500) this.complaints.push(`${response.status()} at ${response.url()}`);
    });
    this.page.on("pageerror", (error) => this.complaints.push(`a script failed: ${error}`));
    this.page.on("console", (message) => {
      if (/Content.Security.Policy/i.test(message.text())) this.complaints.push(message.text());
    });
  }
}
