// A person in front of a browser: what they do, and what must be true of every page they see.

import assert from "node:assert/strict";
import { join } from "node:path";

const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 360, height: 740 };

export class Person {
  /** Opens a window. `settings` are those of a browser context, such as `javaScriptEnabled`. */
  static async arrive(browser, address, pictures, name, settings = {}) {
    const context = await browser.newContext({
      baseURL: address,
      viewport: DESKTOP,
      colorScheme: "light",
      acceptDownloads: true,
      ...settings,
    });
    context.setDefaultTimeout(15_000);
    const person = new Person(context, await context.newPage(), pictures, name);
    person.#watch(address);
    return person;
  }

  constructor(context, page, pictures, name) {
    Object.assign(this, { context, page, pictures, name, complaints: [] });
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

  async signIn(password, name = this.name) {
    await this.go("/sign-in");
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

  async press(name) {
    await this.page.getByRole("button", { name, exact: true }).click();
  }

  /** Takes pictures of the page: wide and narrow, light and dark. Nothing may stick out at a phone's width. */
  async picture(name) {
    const path = (kind) => join(this.pictures, `${name}-${kind}.png`);
    for (const [width, size] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
      for (const colorScheme of ["light", "dark"]) {
        await this.page.setViewportSize(size);
        await this.page.emulateMedia({ colorScheme });
        await this.page.screenshot({ path: path(`${width}-${colorScheme}`), fullPage: true });
      }
      const wide = await this.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= size.width, `${name} is ${wide} px wide on a screen of ${size.width}`);
    }
    await this.page.setViewportSize(DESKTOP);
    await this.page.emulateMedia({ colorScheme: "light" });
    await this.#checkForm();
    return path("phone-dark");
  }

  /** Every field has a label, no id is used twice, and nothing secret is in the address. */
  async #checkForm() {
    const problems = await this.page.evaluate(() => {
      const found = [];
      const ids = Array.from(document.querySelectorAll("[id]"), (element) => element.id);
      if (new Set(ids).size !== ids.length) found.push("an id is used twice");
      for (const field of document.querySelectorAll("input:not([type=hidden])")) {
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
