// What a user lives through: U1 to U4 by keyboard, U8 with a second device, and the security page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Authenticator, KeePassXC } from "./authenticator.js";
import { chapter, step } from "./report.js";

const SITE = "Seaside Library";

/** Tells it; whether the rest can go on. */
export async function user(world) {
  const user = await world.arrive("user");
  const chapters = [
    ["U1-U3, a user sets up, by keyboard", () => firstSignIn(world, user)],
    ["U1, signing in again", () => signInAgain(world, user)],
    ["U4, a backup code stands in", () => backupCode(user)],
    ["a person's own second factor", () => security(user)],
  ];
  for (const [name, steps] of chapters) {
    if (!(await chapter(`${world.name}: ${name}`, steps))) return false;
  }
  return chapter(`${world.name}: pages stay on the site`, () =>
    step("no request left the site, no secret was in an address", () => user.leave()),
  );
}

async function firstSignIn(world, user) {
  const { page, holds } = user;
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
    await page.keyboard.type(world.passwords.user);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/setup");
  });
  await step("with the password alone, every other page leads back to setup", async () => {
    for (const path of ["/", "/sign-in", "/challenge", "/backup-codes", "/security", "/people", "/audit", "/organization"]) {
      await user.go(path);
      assert.equal(user.at(), "/setup", path);
    }
  });
  await step("zbarimg reads the QR code off the screenshot: account, issuer, the key beside it", async () => {
    holds.app = Authenticator.scan(await user.picture("03-setup"));
    assert.equal(holds.app.kind, "otpauth://totp");
    assert.equal(holds.app.name, `${SITE}:user`);
    assert.equal(holds.app.issuer, SITE);
    const key = await page.locator("#setup-key").innerText();
    assert.match(key, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    assert.equal(key.replaceAll(" ", ""), holds.app.secret);
  });
  await step("help says which apps there are, and what to do without a camera", async () => {
    await page.getByText("Which apps?").click();
    await page.getByText("The camera can’t be used").click();
    assert.match(await user.text(), /Microsoft Authenticator.*KeePassXC.*Enter a setup key/s);
    await user.picture("04-setup-help");
  });
  await step("a reload keeps the same key", async () => {
    await page.reload();
    assert.equal((await page.locator("#setup-key").innerText()).replaceAll(" ", ""), holds.app.secret);
  });
  await step("a wrong code says so, and how many attempts are left", async () => {
    await user.typeCode(holds.app.wrongCode(), "Confirm");
    assert.match(await user.text(), /That code is not right\. You have 9 attempts left\./);
    assert.equal(await page.evaluate(() => document.activeElement.id), "code");
    await user.picture("05-setup-wrong");
    await user.typeCode("12345", "Confirm");
    assert.match(await user.text(), /not a code.*did not count; you have 9 attempts left/s);
  });
  await step("the right code, with a space, shows ten backup codes", async () => {
    const code = await holds.app.code();
    await user.typeCode(`${code.slice(0, 3)} ${code.slice(3)}`, "Confirm");
    assert.equal(await user.heading(), "Save your backup codes");
    holds.backup = await page.locator("#codes code").allInnerTexts();
    assert.equal(holds.backup.length, 10);
    assert.equal(new Set(holds.backup).size, 10);
    await user.picture("06-backup-codes");
  });
  await step("Copy puts them on the clipboard", async () => {
    await user.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await user.press("Copy");
    await page.getByText("Copied.").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, `${holds.backup.join("\n")}\n`);
  });
  await step("Print opens the printer's dialogue, and the sheet holds the codes alone", async () => {
    await page.evaluate(() => {
      window.print = () => {
        window.printed = true;
      };
    });
    await user.press("Print");
    assert.ok(await page.evaluate(() => window.printed));
    await page.emulateMedia({ media: "print" });
    assert.ok(await page.locator("#codes").isVisible());
    for (const hidden of ["header", "footer", ".tick", "button[type=submit]"]) {
      assert.ok(!(await page.locator(hidden).first().isVisible()), hidden);
    }
    await page.emulateMedia({ media: "screen" });
  });
  await step("Download gives a text file that says what it is", async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), user.press("Download")]);
    assert.equal(download.suggestedFilename(), "seaside-library-backup-codes.txt");
    const text = readFileSync(await download.path(), "utf8");
    const today = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
    for (const part of [SITE, "account: user", today.format(new Date()), "What they are for", ...holds.backup]) {
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
    assert.deepEqual(await page.locator("#codes code").allInnerTexts(), holds.backup);
    await user.picture("07-backup-codes-not-stored");
  });
  await step("with the tick, the person is in", async () => {
    await user.storeCodes();
    assert.match(await user.text(), /10 backup codes left/);
    await user.picture("08-home");
  });
}

async function signInAgain(world, user) {
  const { page, holds } = user;
  await step("signing out and in again asks for the code", async () => {
    await user.signOut();
    await user.picture("09-signed-out");
    await user.signIn();
    assert.equal(user.at(), "/challenge");
    await user.picture("10-challenge");
  });
  await step("with the password alone, every other page leads back to the code", async () => {
    for (const path of ["/", "/sign-in", "/setup", "/backup-codes", "/security", "/people", "/audit"]) {
      await user.go(path);
      assert.equal(user.at(), "/challenge", path);
    }
  });
  await step("a wrong code says so, and how many attempts are left", async () => {
    await user.typeCode(holds.app.wrongCode(), "Sign in");
    assert.match(await user.text(), /That code is not right\. You have 4 attempts left\./);
    assert.equal(await page.evaluate(() => document.activeElement.id), "code");
    await user.picture("12-challenge-wrong");
  });
  await step("what is no code does not count", async () => {
    for (const typed of ["+12345", "１２３４５６", "12345", "<script>alert(1)</script>"]) {
      await user.typeCode(typed, "Sign in");
      assert.match(await user.text(), /not a code.*you have 4 attempts left/s, typed);
    }
  });
  await step("a fresh code is right", async () => {
    await user.typeCode(await holds.app.lastingCode(), "Sign in");
    assert.equal(user.at(), "/");
    assert.match(await user.text(), /a code from your authenticator app/);
  });
  await step("the same code a moment later is refused as already used", async () => {
    await user.signOut();
    await user.signIn();
    await user.typeCode(holds.app.usedCode(), "Sign in");
    assert.match(await user.text(), /already used\. Please wait for the next one: your app shows it in \d+ seconds?\./);
    await user.picture("11-challenge-used");
    await user.typeCode(await holds.app.code(), "Sign in");
    assert.equal(user.at(), "/");
  });
  await step("a user sees no administrator's page", async () => {
    assert.equal((await user.go("/people")).status(), 403);
    await user.picture("13-forbidden");
    assert.equal((await user.go("/no/such/page")).status(), 404);
    await user.picture("14-not-found");
  });
  await step("on a second device a sign-in is asked for too", async () => {
    const second = await world.arrive("user");
    await second.signIn();
    assert.equal(second.at(), "/challenge");
    await second.leave();
  });
}

async function backupCode(user) {
  const { holds } = user;
  await step("a backup code works instead, and the page says how many remain", async () => {
    await user.go("/");
    await user.signOut();
    await user.signIn();
    await user.typeCode(holds.backup[2].toLowerCase(), "Sign in");
    assert.equal(user.at(), "/");
    assert.match(await user.text(), /signed in with a backup code\. It will not work again\. You have 9 left\./);
    await user.picture("15-home-backup-code");
  });
  await step("the same backup code is refused", async () => {
    await user.signOut();
    await user.signIn();
    await user.typeCode(holds.backup[2], "Sign in");
    assert.match(await user.text(), /That backup code was already used\./);
    await user.picture("16-challenge-backup-code-used");
    await user.typeCode(holds.backup[3], "Sign in");
    assert.match(await user.text(), /You have 8 left\./);
  });
}

async function security(user) {
  const { page, holds } = user;
  await step("the security page shows what there is", async () => {
    await user.follow("Security");
    assert.equal(user.at(), "/security");
    assert.match(await user.text(), /Authenticator app.*8 backup codes.*None\. Each sign-in asks/s);
    await user.picture("20-security");
  });
  await step("a second authenticator gets a name, and KeePassXC holds it", async () => {
    await user.follow("Add an authenticator");
    await user.picture("21-add");
    await page.getByLabel("Its name").fill("Password manager");
    await user.press("Continue");
    holds.second = KeePassXC.scan(await user.picture("22-setup-second"));
    await user.typeCode(await holds.second.code(), "Confirm");
    assert.match(await user.text(), /The authenticator was added\./);
  });
  await step("it is renamed", async () => {
    await user.follow("Rename Password manager");
    await user.picture("23-rename");
    await page.getByLabel("Its name").fill("KeePassXC");
    await user.press("Rename");
    await page.getByText("The authenticator has its new name.").waitFor();
    await user.picture("24-security-two");
  });
  await step("new backup codes take the place of the old ones", async () => {
    await user.press("Make new backup codes");
    const fresh = await page.locator("#codes code").allInnerTexts();
    assert.ok(!fresh.some((code) => holds.backup.includes(code)));
    holds.backup = fresh;
    await user.picture("25-backup-codes-new");
    await user.storeCodes();
    assert.match(await user.text(), /Your new backup codes are in force/);
  });
  await step("the first one is removed, the last one has to stay", async () => {
    await user.follow("Security");
    await user.follow("Remove Authenticator app");
    await user.picture("26-remove");
    await user.press("Remove Authenticator app");
    assert.match(await user.text(), /The authenticator was removed/);
    await user.follow("Remove KeePassXC");
    await user.press("Remove KeePassXC");
    assert.match(await user.text(), /one authenticator has to stay/);
  });
  await step("KeePassXC's code signs in", async () => {
    holds.app = holds.second;
    await user.signOut();
    await user.comeIn();
  });
}
