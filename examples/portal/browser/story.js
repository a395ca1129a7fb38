// The whole story of the portal, in a real browser.
//
//   node story.js [PROGRAM]
//
// PROGRAM is the built portal (default: the newer of target/release/portal and target/debug/portal).
// CHROMIUM names the browser (default: /usr/bin/chromium); zbarimg and oathtool have to be installed.
// A picture of every page is left in target/portal-screenshots.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

import { Authenticator } from "./authenticator.js";
import { Person } from "./person.js";
import { Portal } from "./portal.js";
import { chapter, finish, step } from "./report.js";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const pictures = join(root, "target/portal-screenshots");
const SITE = "Seaside Library";

const folder = mkdtempSync(join(tmpdir(), "portal-"));
rmSync(pictures, { recursive: true, force: true });
mkdirSync(pictures, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  // Chromium refuses its sandbox to root.
  chromiumSandbox: process.getuid() !== 0,
  args: ["--disable-background-networking", "--disable-sync", "--no-first-run"],
});
const program = process.argv[2] ?? newestBuild();
let portal;
let passwords;

try {
  await story();
} finally {
  await browser.close();
  await portal?.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = finish();

async function story() {
  const opened = await chapter("start", start);
  if (!opened) return;

  const user = await arrive("user");
  const phone = {};
  const setUp = await chapter("a user sets up, by keyboard", () => firstSignIn(user, phone));
  if (setUp) {
    await chapter("a user signs in again", () => signInAgain(user, phone));
    await chapter("a backup code stands in", () => backupCode(user, phone));
    await chapter("codes that were not stored", () => forgottenCodes());
    await chapter("an administrator without JavaScript", () => administrator(user, phone));
    await chapter("too many wrong codes", () => lock());
    await chapter("a second start", () => secondStart());
  }
  await chapter("pages stay on the site", () => step("no request left the site, no secret was in an address", () => user.leave()));
}

async function start() {
  await step("the first start prints the address and three passwords", async () => {
    portal = await Portal.start(program, folder);
    passwords = portal.passwords;
    assert.deepEqual(Object.keys(passwords), ["admin", "it", "user"]);
  });
  await step("the keyring is readable by its owner only", () => {
    assert.equal(statSync(join(folder, "keyring")).mode & 0o777, 0o600);
  });
}

async function firstSignIn(user, phone) {
  const { page } = user;
  await step("the start page leads to the sign-in", async () => {
    await user.go("/");
    assert.equal(user.at(), "/sign-in");
    await user.picture("01-sign-in");
  });
  await step("a wrong password and an unknown name read the same", async () => {
    await user.signIn("not the password");
    const wrong = await user.text();
    await user.picture("02-sign-in-wrong");
    await user.signIn("not the password", "nobody");
    assert.match(wrong, /Name or password is wrong\./);
    assert.equal(await user.text(), wrong);
  });
  await step("name and password are typed with the keyboard alone, and lead to setup", async () => {
    await user.go("/sign-in");
    await page.keyboard.type("user");
    await page.keyboard.press("Tab");
    await page.keyboard.type(passwords.user);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/setup");
  });
  await step("with the password alone, every other page leads back to setup", async () => {
    for (const path of ["/", "/sign-in", "/challenge", "/backup-codes", "/people", "/people/reset?person=1", "/organization", "/audit"]) {
      await user.go(path);
      assert.equal(user.at(), "/setup", path);
    }
  });
  await step("zbarimg reads the QR code off the screenshot: account, issuer, the key beside it", async () => {
    Object.assign(phone, { app: Authenticator.scan(await user.picture("03-setup")) });
    assert.equal(phone.app.kind, "otpauth://totp");
    assert.equal(phone.app.name, `${SITE}:user`);
    assert.equal(phone.app.issuer, SITE);
    const key = await page.locator("#setup-key").innerText();
    assert.match(key, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    assert.equal(key.replaceAll(" ", ""), phone.app.secret);
  });
  await step("a reload keeps the same QR code", async () => {
    await page.reload();
    const again = Authenticator.scan(await user.picture("03-setup"));
    assert.equal(again.uri, phone.app.uri);
  });
  await step("a wrong code says so, and how many attempts are left", async () => {
    await user.typeCode(phone.app.wrongCode(), "Confirm");
    assert.match(await user.text(), /That code is not right\. You have 9 attempts left\./);
    assert.equal(await page.evaluate(() => document.activeElement.id), "code");
    await user.picture("05-setup-wrong");
    await user.typeCode("12345", "Confirm");
    assert.match(await user.text(), /not a code.*did not count; you have 9 attempts left/s);
  });
  await step("the right code, with a space, shows ten backup codes", async () => {
    const code = await phone.app.code();
    await user.typeCode(`${code.slice(0, 3)} ${code.slice(3)}`, "Confirm");
    assert.equal(await user.heading(), "Save your backup codes");
    phone.backup = await page.locator("#codes code").allInnerTexts();
    assert.equal(phone.backup.length, 10);
    assert.equal(new Set(phone.backup).size, 10);
    await user.picture("06-backup-codes");
  });
  await step("Copy puts them on the clipboard", async () => {
    await user.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await user.press("Copy");
    await page.getByText("Copied.").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, `${phone.backup.join("\n")}\n`);
  });
  await step("Download gives a text file that says what it is", async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), user.press("Download")]);
    assert.equal(download.suggestedFilename(), "seaside-library-backup-codes.txt");
    const text = readFileSync(await download.path(), "utf8");
    const today = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
    for (const part of [SITE, "account: user", today.format(new Date()), "What they are for", ...phone.backup]) {
      assert.ok(text.includes(part), `the file lacks ${part.replace(/[0-9A-Z]{4}-.*/, "a code")}`);
    }
  });
  await step("without the tick nobody goes on, whatever the browser checks", async () => {
    await user.press("Continue to the portal");
    assert.equal(await page.locator("#codes code").count(), 10);
    await page.locator("main form").evaluate((form) => {
      form.noValidate = true;
    });
    await user.press("Continue to the portal");
    assert.match(await user.text(), /Please store the codes first/);
    assert.deepEqual(await page.locator("#codes code").allInnerTexts(), phone.backup);
    await user.picture("07-backup-codes-not-stored");
  });
  await step("with the tick, the person is in", async () => {
    await page.getByLabel("I have stored my backup codes").check();
    await user.press("Continue to the portal");
    assert.equal(user.at(), "/");
    assert.match(await user.text(), /10 backup codes left/);
    await user.picture("08-home");
  });
}

async function signInAgain(user, phone) {
  await step("signing out and in again asks for the code", async () => {
    await user.signOut();
    await user.picture("09-signed-out");
    await user.signIn(passwords.user);
    assert.equal(user.at(), "/challenge");
    await user.picture("10-challenge");
  });
  await step("with the password alone, every other page leads back to the code", async () => {
    for (const path of ["/", "/sign-in", "/setup", "/backup-codes", "/people", "/audit"]) {
      await user.go(path);
      assert.equal(user.at(), "/challenge", path);
    }
  });
  await step("the code used at setup is refused as already used", async () => {
    await user.typeCode(phone.app.usedCode(), "Sign in");
    assert.match(await user.text(), /already used\. Please wait for the next one: your app shows it in \d+ seconds?\./);
    await user.picture("11-challenge-used");
  });
  await step("a wrong code says so, and how many attempts are left", async () => {
    await user.typeCode(phone.app.wrongCode(), "Sign in");
    assert.match(await user.text(), /That code is not right\. You have 4 attempts left\./);
    assert.equal(await user.page.evaluate(() => document.activeElement.id), "code");
    await user.picture("12-challenge-wrong");
  });
  await step("what is no code does not count", async () => {
    for (const typed of ["+12345", "１２３４５６", "12345", "<script>alert(1)</script>"]) {
      await user.typeCode(typed, "Sign in");
      assert.match(await user.text(), /not a code.*you have 4 attempts left/s, typed);
    }
  });
  await step("a fresh code is right", async () => {
    await user.typeCode(await phone.app.code(), "Sign in");
    assert.equal(user.at(), "/");
    assert.match(await user.text(), /a code from your authenticator app/);
  });
  await step("a user sees no administrator's page", async () => {
    const response = await user.go("/people");
    assert.equal(response.status(), 403);
    await user.picture("13-forbidden");
    const missing = await user.go("/no/such/page");
    assert.equal(missing.status(), 404);
    await user.picture("14-not-found");
  });
}

async function backupCode(user, phone) {
  await step("a backup code works instead, and the page says how many remain", async () => {
    await user.go("/");
    await user.signOut();
    await user.signIn(passwords.user);
    await user.typeCode(phone.backup[2].toLowerCase(), "Sign in");
    assert.equal(user.at(), "/");
    assert.match(await user.text(), /signed in with a backup code\. It will not work again\. You have 9 left\./);
    await user.picture("15-home-backup-code");
  });
  await step("the same backup code is refused", async () => {
    await user.signOut();
    await user.signIn(passwords.user);
    await user.typeCode(phone.backup[2], "Sign in");
    assert.match(await user.text(), /That backup code was already used\./);
    await user.picture("16-challenge-backup-code-used");
    await user.typeCode(phone.backup[3], "Sign in");
    assert.match(await user.text(), /You have 8 left\./);
  });
}

async function forgottenCodes() {
  const it = await arrive("it");
  let app;
  let first;
  await step("whoever leaves the page with the codes is told what to do", async () => {
    await it.signIn(passwords.it);
    app = Authenticator.scan(await it.picture("03-setup"));
    await it.typeCode(await app.code(), "Confirm");
    first = await it.page.locator("#codes code").allInnerTexts();
    await it.go("/people");
    assert.equal(it.at(), "/backup-codes");
    assert.equal(await it.heading(), "Your backup codes were shown");
    await it.picture("17-backup-codes-gone");
  });
  await step("the next sign-in replaces them", async () => {
    await it.press("Sign in once more");
    await it.signIn(passwords.it);
    await it.typeCode(await app.code(), "Sign in");
    const second = await it.page.locator("#codes code").allInnerTexts();
    assert.equal(second.length, 10);
    assert.ok(!second.some((code) => first.includes(code)));
    await it.picture("18-backup-codes-replaced");
    await it.page.getByLabel("I have stored my backup codes").check();
    await it.press("Continue to the portal");
    assert.equal(it.at(), "/");
  });
  await step("an IT administrator sees people, but does not change the policy", async () => {
    await it.page.getByRole("link", { name: "People" }).click();
    assert.equal(it.at(), "/people");
    assert.equal(await it.page.getByRole("link", { name: "Organization" }).count(), 0);
    assert.equal((await it.go("/organization")).status(), 403);
  });
  await step("the visit left nothing outside", () => it.leave());
}

async function administrator(user, phone) {
  const admin = await arrive("admin", { javaScriptEnabled: false });
  const { page } = admin;
  await step("sign-in and setup work without JavaScript", async () => {
    await admin.signIn(passwords.admin);
    const app = Authenticator.scan(await admin.picture("03-setup"));
    await admin.typeCode(await app.code(), "Confirm");
    assert.equal(await page.getByRole("button", { name: "Copy" }).count(), 0);
    await page.getByLabel("I have stored my backup codes").check();
    await admin.press("Continue to the portal");
    assert.equal(admin.at(), "/");
    await admin.picture("19-home-administrator");
  });
  await step("the list of people shows who has a second factor", async () => {
    await page.getByRole("link", { name: "People" }).click();
    await admin.picture("20-people");
    const row = page.getByRole("row", { name: /^user/ });
    assert.match(await row.innerText(), /Set up\s+since.*8 left/s);
    assert.equal(await page.getByRole("link", { name: "Reset admin" }).count(), 0);
  });
  let half;
  await step("a reset asks for a reason", async () => {
    half = await arrive("user");
    await half.signIn(passwords.user);
    assert.equal(half.at(), "/challenge");
    await page.getByRole("link", { name: "Reset user" }).click();
    await admin.picture("21-reset");
    await page.getByLabel("Reason").fill("   ");
    await admin.press("Reset user");
    assert.match(await admin.text(), /Please give a reason/);
    await admin.picture("22-reset-without-reason");
    await page.getByLabel("Reason").fill("New phone, seen in person");
    await admin.press("Reset user");
    assert.equal(admin.at(), "/people");
    await admin.picture("23-people-after-reset");
    const row = page.getByRole("row", { name: /^user/ });
    assert.match(await row.innerText(), /Not set up/);
  });
  await step("open sessions and half-finished sign-ins of the user are void", async () => {
    await user.go("/");
    assert.equal(user.at(), "/sign-in?again");
    await user.picture("24-sign-in-again");
    await half.typeCode(await phone.app.code(), "Sign in");
    assert.equal(half.at(), "/sign-in?again");
    await half.leave();
  });
  await step("the next sign-in leads to setup, with a new key", async () => {
    await user.signIn(passwords.user);
    assert.equal(user.at(), "/setup");
    const app = Authenticator.scan(await user.picture("03-setup"));
    assert.notEqual(app.secret, phone.app.secret);
    await user.typeCode(phone.backup[5], "Confirm");
    assert.match(await user.text(), /not a code/);
    await user.press("Start again with another name");
  });
  await step("the organization is switched to optional, with a reason", async () => {
    await page.getByRole("link", { name: "Organization" }).click();
    await admin.picture("25-organization");
    await page.getByLabel("Optional").check();
    await page.getByLabel("Reason").fill("Trial month");
    await admin.press("Save");
    assert.match(await admin.text(), /in force/);
    assert.ok(await page.getByLabel("Optional").isChecked());
    await admin.picture("26-organization-optional");
  });
  await step("now the user is in without setup, and it is offered", async () => {
    await user.signIn(passwords.user);
    assert.equal(user.at(), "/");
    await user.picture("27-home-offered");
    await user.page.getByRole("link", { name: "Set up an authenticator app" }).click();
    phone.app = Authenticator.scan(await user.picture("28-setup-offered"));
    await user.typeCode(await phone.app.code(), "Confirm");
    await user.page.getByLabel("I have stored my backup codes").check();
    await user.press("Continue to the portal");
    assert.equal(user.at(), "/");
  });
  await step("the audit list says who did what, when, and why", async () => {
    await page.getByRole("link", { name: "Audit" }).click();
    await admin.picture("29-audit");
    let text = await admin.text();
    while ((await page.getByRole("link", { name: "Older" }).count()) > 0) {
      await page.getByRole("link", { name: "Older" }).click();
      text += await admin.text();
    }
    await admin.picture("30-audit-oldest");
    assert.match(text, /removed.*user.*admin.*New phone, seen in person/s);
    assert.match(text, /optional.*admin.*Trial month/s);
    assert.match(text, /first start/);
  });
  await step("the visit left nothing outside", () => admin.leave());
}

async function lock() {
  const it = await arrive("it");
  await step("five wrong codes pause the sign-in, and the page says until when", async () => {
    await it.signIn(passwords.it);
    for (const left of [4, 3, 2, 1]) {
      await it.typeCode("000000", "Sign in");
      assert.match(await it.text(), new RegExp(`You have ${left} attempts? left`));
    }
    await it.typeCode("000000", "Sign in");
    assert.equal(await it.heading(), "Sign-in is paused");
    assert.match(await it.text(), /in \d+ seconds, after \d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC/);
    await it.picture("31-locked");
  });
  await step("the pause holds for a new sign-in too", async () => {
    await it.page.getByRole("link", { name: "Try again" }).click();
    await it.press("Start again with another name");
    await it.signIn(passwords.it);
    assert.equal(await it.heading(), "Sign-in is paused");
  });
  await step("the visit left nothing outside", () => it.leave());
}

async function secondStart() {
  await step("a second start finds everything again, and prints no password", async () => {
    await portal.stop();
    portal = await Portal.start(program, folder);
    assert.deepEqual(portal.passwords, {});
    const user = await arrive("user");
    await user.signIn(passwords.user);
    assert.equal(user.at(), "/challenge");
    await user.leave();
  });
}

function arrive(name, settings) {
  return Person.arrive(browser, portal.address, pictures, name, settings);
}

function newestBuild() {
  const builds = ["release", "debug"].map((profile) => join(root, "target", profile, "portal"));
  const age = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return builds.reduce((one, two) => (age(two) > age(one) ? two : one));
}
