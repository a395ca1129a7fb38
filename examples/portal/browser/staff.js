// What administrators and IT administrators do: U5 to U9 and U11, with the people whom it is done to in other windows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Authenticator } from "./authenticator.js";
import { chapter, step } from "./report.js";

/** Tells it; whether the rest can go on. */
export async function staff(world) {
  const admin = await world.arrive("admin");
  const user = await world.arrive("user");
  const chapters = [
    ["U6, the policy", () => policy(admin)],
    ["U6, time for the setup, and all of it without JavaScript", () => withoutScripts(world)],
    ["U8, a remembered device", () => remembered(admin, user)],
    ["U5 and U11, a reset", () => reset(world, admin, user)],
    ["U6, no time for who had a factor", () => noTime(user)],
    ["U7, an exemption", () => exemption(admin, user)],
    ["U9, too many wrong codes", () => lock(world, admin)],
    ["U11, the audit list and the mails", () => audit(admin)],
  ];
  for (const [name, steps] of chapters) {
    if (!(await chapter(`${world.name}: ${name}`, steps))) return false;
  }
  return chapter(`${world.name}: pages of administrators stay on the site`, () =>
    step("no request left the site, no secret was in an address", async () => {
      await user.leave();
      await admin.leave();
    }),
  );
}

async function policy(admin) {
  const { page } = admin;
  await step("an administrator sets up, and finds the policy with its ranges and defaults", async () => {
    await admin.signIn();
    await admin.setUp(Authenticator);
    await admin.picture("30-home-administrator");
    await admin.follow("Organization");
    assert.match(await admin.text(), /Remember a device for.*0 to 180, usually 0\./s);
    await admin.picture("31-organization");
  });
  await step("what is out of range is refused, by the portal too", async () => {
    await page.getByLabel("Remember a device for").fill("181");
    await page.locator("form").nth(1).evaluate((form) => {
      form.noValidate = true;
    });
    await page.locator("#reason").fill("Too long");
    await admin.press("Save");
    assert.match(await admin.text(), /takes a number from 0 to 180/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "remembered_device_days");
    await admin.picture("32-organization-refused");
  });
  await step("a page that was open too long undoes nobody's change", async () => {
    const other = await admin.context.newPage();
    await other.goto("/organization");
    const numbers = { "Remember a device for": "30", "Time to set up": "14", "Times “later” may be chosen": "2" };
    await change(admin, numbers, "Roll-out");
    await other.locator("#reason").fill("From yesterday's page");
    await other.getByRole("button", { name: "Save" }).click();
    await other.getByText("Somebody else changed the policy").waitFor();
    assert.equal(await other.getByLabel("Remember a device for").inputValue(), "30");
    await other.close();
  });
  await step("the roles are shown", async () => {
    await admin.follow("Roles");
    await admin.picture("33-roles");
  });
}

async function withoutScripts(world) {
  const it = await world.arrive("it", { javaScriptEnabled: false });
  const { page, holds } = it;
  let first;
  await step("within the deadline a setup may be put off", async () => {
    await it.signIn();
    assert.equal(it.at(), "/setup");
    assert.match(await it.text(), /put it off 2 times more, until/);
    await it.picture("34-setup-later");
    await it.press("Later");
    assert.equal(it.at(), "/");
    assert.match(await it.text(), /Please set it up by/);
    await it.picture("35-home-deferred");
    await it.signOut();
  });
  await step("administration takes a second factor all the same", async () => {
    await it.signIn();
    assert.match(await it.text(), /put it off 1 time more/);
    await it.press("Later");
    await it.follow("People");
    assert.equal(it.at(), "/setup");
    await it.go("/");
    await it.signOut();
  });
  await step("with no time left it is due, and works without JavaScript", async () => {
    await it.signIn();
    assert.equal(await page.getByRole("button", { name: "Later" }).count(), 0);
    holds.app = Authenticator.scan(await it.picture("19-setup-without-scripts"));
    await it.typeCode(await holds.app.code(), "Confirm");
    first = await page.locator("#codes code").allInnerTexts();
    for (const name of ["Copy", "Print"]) assert.equal(await page.getByRole("button", { name }).count(), 0);
  });
  await step("whoever leaves the page with the codes is told what to do", async () => {
    await it.go("/people");
    assert.equal(it.at(), "/backup-codes");
    assert.equal(await it.heading(), "Your backup codes were shown");
    await it.picture("17-backup-codes-gone");
  });
  await step("the next sign-in replaces them", async () => {
    await it.press("Sign in once more");
    await it.signIn();
    await it.typeCode(await holds.app.code(), "Sign in");
    holds.backup = await page.locator("#codes code").allInnerTexts();
    assert.ok(!holds.backup.some((code) => first.includes(code)));
    await it.picture("18-backup-codes-replaced");
    await it.storeCodes();
  });
  await step("an IT administrator sees people, but no policy, and grants no exemption", async () => {
    await it.follow("People");
    assert.equal(await page.getByRole("link", { name: "Organization" }).count(), 0);
    assert.equal((await it.go("/organization")).status(), 403);
    await it.go("/people/person?person=3");
    assert.match(await it.text(), /not part of your role, IT administrator/);
    assert.equal(await it.under("Exemption").count(), 0);
    await it.go("/people/person?person=2");
    assert.match(await it.text(), /This is you/);
    assert.equal(await it.under("Reset").count(), 0);
  });
  await step("the visit left nothing outside", () => it.leave());
}

/** Changes numbers of the policy. */
async function change(admin, numbers, reason) {
  await admin.go("/organization");
  for (const [label, value] of Object.entries(numbers)) await admin.page.getByLabel(label).fill(value);
  await admin.page.locator("#reason").fill(reason);
  await admin.press("Save");
  assert.match(await admin.text(), /The policy was changed/);
}

async function remembered(admin, user) {
  const { page, holds } = user;
  await step("the page for the code offers to remember the device for 30 days, not ticked", async () => {
    await user.signIn();
    const box = page.getByLabel("Remember this device for 30 days");
    assert.ok(!(await box.isChecked()));
    await user.picture("36-challenge-remember");
    await box.check();
    await user.typeCode(await holds.app.code(), "Sign in");
    assert.equal(user.at(), "/");
  });
  await step("the next sign-in here takes the password alone, and says so", async () => {
    await user.signOut();
    await user.signIn();
    assert.equal(user.at(), "/");
    assert.match(await user.text(), /on a device that is remembered/);
    await user.picture("37-home-remembered");
  });
  await step("a second device is asked for a code", async () => {
    const second = await user.world.arrive("user");
    await second.signIn();
    assert.equal(second.at(), "/challenge");
    await second.leave();
  });
  await step("changes take a fresh code, whatever is remembered", async () => {
    await user.follow("Security");
    assert.equal(user.at(), "/confirm?for=security");
    await user.picture("38-confirm");
    await user.typeCode(holds.backup[9], "Confirm");
    assert.equal(user.at(), "/security");
    await user.picture("39-security-device");
  });
  await step("the device is forgotten, and the next sign-in asks", async () => {
    await page.getByRole("button", { name: /^Forget Chrome on Linux/ }).click();
    assert.match(await user.text(), /Forgotten\./);
    await user.signOut();
    await user.signIn();
    assert.equal(user.at(), "/challenge");
  });
  await step("an administrator sees and forgets devices too", async () => {
    await page.getByLabel("Remember this device for 30 days").check();
    await user.typeCode(holds.backup[8], "Sign in");
    await admin.go("/people/person?person=3");
    await admin.picture("40-person");
    await admin.act("Remembered devices", "Forget", "Laptop was stolen");
    assert.match(await admin.text(), /Forgotten\./);
    await user.signOut();
    await user.signIn();
    assert.equal(user.at(), "/challenge");
  });
}

async function reset(world, admin, user) {
  const { page } = admin;
  const half = await world.arrive("user");
  await step("the list of people shows who has a second factor", async () => {
    await admin.follow("People");
    await admin.picture("40-people");
    const row = page.getByRole("row", { name: /^user/ });
    assert.match(await row.innerText(), /Set up\s+since.*8 left/s);
  });
  await step("a reset asks for a reason", async () => {
    await half.signIn();
    assert.equal(half.at(), "/challenge");
    await user.typeCode(user.holds.backup[7], "Sign in");
    await admin.follow("user");
    await admin.follow("Reset user");
    await admin.picture("41-reset");
    await page.getByLabel("Reason").fill("   ");
    await admin.press("Reset user");
    assert.match(await admin.text(), /Please give a reason/);
    await admin.picture("42-reset-without-reason");
    await page.getByLabel("Reason").fill("New phone, seen in person");
    await admin.press("Reset user");
    assert.equal(admin.at(), "/people");
    assert.match(await page.getByRole("row", { name: /^user/ }).innerText(), /Not set up/);
  });
  await step("open sessions and half-finished sign-ins of the user are void", async () => {
    await user.go("/");
    assert.equal(user.at(), "/sign-in?again");
    await user.picture("43-sign-in-again");
    await half.typeCode(user.holds.backup[6], "Sign in");
    assert.equal(half.at(), "/sign-in?again");
    await half.leave();
  });
  await step("the next sign-in leads to setup, with a new key", async () => {
    await user.signIn();
    assert.equal(user.at(), "/setup");
    const key = await user.page.locator("#setup-key").innerText();
    assert.notEqual(key.replaceAll(" ", ""), user.holds.app.secret);
    await user.typeCode(user.holds.backup[5], "Confirm");
    assert.match(await user.text(), /not a code/);
    user.holds.app.forget();
  });
}

async function noTime(user) {
  await step("who had a factor and lost it is granted no time", async () => {
    assert.equal(user.at(), "/setup");
    assert.equal(await user.page.getByRole("button", { name: "Later" }).count(), 0);
    await user.setUp(Authenticator);
    await user.signOut();
  });
}

async function exemption(admin, user) {
  const { page } = admin;
  await step("an exemption has a reason and an end", async () => {
    await admin.go("/people/person?person=3");
    const card = admin.under("Exemption");
    await card.getByLabel("Last day").fill("2020-01-31");
    await page.locator("form[action='/people/exempt']").evaluate((form) => {
      form.noValidate = true;
    });
    await admin.act("Exemption", "Exempt user", "No phone for a while");
    assert.match(await admin.text(), /That day is over/);
    await admin.under("Exemption").getByLabel("Last day").fill(inDays(20));
    await admin.act("Exemption", "Exempt user", "No phone for a while");
    assert.match(await admin.text(), /The exemption is in force.*No phone for a while/s);
    await admin.picture("44-person-exempt");
  });
  await step("the password alone lets the person in, and the page says why", async () => {
    await user.signIn();
    assert.equal(user.at(), "/");
    assert.match(await user.text(), /an administrator has exempted you/);
    await user.picture("45-home-exempt");
  });
  await step("its end ends the sessions that rest on it", async () => {
    await admin.go("/people?show=exempt");
    assert.match(await page.getByRole("row", { name: /^user/ }).innerText(), /exempt/);
    await admin.picture("46-people-exempt");
    await admin.go("/people/person?person=3");
    await admin.act("Exemption", "End the exemption now", "Has a phone again");
    assert.match(await admin.text(), /The exemption has ended/);
    await user.go("/");
    assert.equal(user.at(), "/sign-in?again");
  });
  await step("where the policy leaves it to people, one person can be required", async () => {
    await admin.go("/organization");
    await page.getByLabel("Optional").check();
    await page.locator("#reason").fill("Trial month");
    await admin.press("Save");
    await admin.go("/people/person?person=3");
    await admin.act("Requirement", "Require a second factor", "Works with money");
    assert.match(await admin.text(), /is required of this person from now on/);
    await admin.go("/organization");
    await page.getByLabel("Required").check();
    await page.locator("#reason").fill("Trial is over");
    await admin.press("Save");
  });
}

async function lock(world, admin) {
  const it = await world.arrive("it");
  const { page } = admin;
  await step("the policy says after how many", async () => {
    await change(admin, { "Wrong codes before the first pause": "3", "Length of the first pause": "3600" }, "Stricter");
  });
  await step("so many wrong codes pause the sign-in, and the page says until when", async () => {
    await it.signIn();
    for (const left of [2, 1]) {
      await it.typeCode("000000", "Sign in");
      assert.match(await it.text(), new RegExp(`You have ${left} attempts? left`));
    }
    await it.typeCode("000000", "Sign in");
    assert.equal(await it.heading(), "Sign-in is paused");
    assert.match(await it.text(), /in 60 minutes, after \d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC/);
    await it.picture("47-locked");
  });
  await step("the pause holds on every device", async () => {
    const second = await world.arrive("it");
    await second.signIn();
    assert.equal(await second.heading(), "Sign-in is paused");
    await second.leave();
  });
  await step("an administrator finds who is locked and unlocks, identity verified", async () => {
    await admin.go("/people?show=locked");
    await admin.follow("it");
    await admin.picture("48-person-locked");
    await admin.under("Unlock").getByLabel("Identity verified").check();
    await admin.act("Unlock", "Unlock", "Came to the desk with the staff card");
    assert.match(await admin.text(), /has all attempts again/);
    await it.comeIn();
  });
  await step("wrong passwords pause too, and a stranger learns nothing of it", async () => {
    const stranger = await world.arrive("it");
    await change(admin, { "Wrong passwords before a pause": "3" }, "Stricter");
    for (let number = 0; number < 4; number += 1) await stranger.signIn("not the password");
    await stranger.signIn();
    assert.match(await stranger.text(), /Name or password is wrong/);
    await admin.go("/people?show=locked");
    await admin.picture("49-people-locked");
    await admin.follow("it");
    await admin.act("Accept passwords again", "Accept passwords again", "Asked by phone, called back");
    assert.match(await page.locator("main").innerText(), /Passwords are accepted again/);
    await stranger.comeIn();
    await stranger.leave();
  });
  await step("the visit left nothing outside", () => it.leave());
}

async function audit(admin) {
  const { page } = admin;
  await step("the audit list says who did what, when, and why", async () => {
    await admin.follow("Audit");
    await admin.picture("50-audit");
    let text = await admin.text();
    while ((await page.getByRole("link", { name: "Older" }).count()) > 0) {
      await admin.follow("Older");
      text += await admin.text();
    }
    await admin.picture("51-audit-oldest");
    assert.match(text, /removed.*user.*admin.*New phone, seen in person/s);
    assert.match(text, /optional.*admin.*Trial month/s);
    assert.match(text, /first start/);
  });
  await step("it is filtered, and exported as it is filtered", async () => {
    await admin.go("/audit");
    await page.getByLabel("What").selectOption({ label: "What administrators did" });
    await page.getByLabel("By", { exact: true }).fill("admin");
    await admin.press("Filter");
    assert.match(await admin.text(), /Came to the desk/);
    assert.doesNotMatch(await admin.text(), /A password was tried/);
    await admin.picture("52-audit-filtered");
    const csv = await file(admin, "Export as CSV");
    assert.match(csv, /^id,position,time,event,text,person,/);
    assert.match(csv, /"Came to the desk with the staff card"/);
    assert.doesNotMatch(csv, /password_attempted/);
    const entries = JSON.parse(await file(admin, "Export as JSON"));
    assert.equal(entries.length, csv.trim().split("\r\n").length - 1);
    assert.ok(entries.every((entry) => entry.actor === "admin"));
  });
  await step("nothing is missing from it", async () => {
    await admin.follow("Check that nothing is missing");
    assert.match(await admin.text(), /Yes\. Nothing is missing/);
    await admin.picture("53-audit-check");
  });
  await step("people were told by mail, and each mail once", async () => {
    await page.waitForTimeout(1_500);
    await admin.follow("Mail");
    await admin.picture("54-mail");
    const subjects = [];
    for (;;) {
      subjects.push(...(await page.locator(".mail").allInnerTexts()));
      if ((await page.getByRole("link", { name: "Older" }).count()) === 0) break;
      await admin.follow("Older");
    }
    const about = (words) => subjects.filter((mail) => mail.includes(words) && mail.includes("To user"));
    assert.equal(about("your second factor was removed").length, 1);
    assert.equal(about("a device is remembered").length, 2);
    assert.equal(about("no code is asked of you for now").length, 1);
    assert.ok(about("a backup code was used").length >= 5);
  });
}

async function file(admin, link) {
  const [download] = await Promise.all([admin.page.waitForEvent("download"), admin.follow(link)]);
  return readFileSync(await download.path(), "utf8");
}

function inDays(days) {
  return new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
}
