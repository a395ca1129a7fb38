// U10: a service is installed with an activation code, once; a reinstall needs a new one.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { chapter, step } from "./report.js";

/** Tells it; whether the rest can go on. */
export async function services(world) {
  const admin = await world.arrive("admin");
  const technician = await world.arrive("admin");
  return chapter(`${world.name}: U10, a service is installed`, () => install(world, admin, technician));
}

async function install(world, admin, technician) {
  const { page } = admin;
  let code;
  await step("an administrator issues a code, which is shown once", async () => {
    await admin.comeIn();
    await admin.follow("Services");
    await admin.picture("60-services-empty");
    await page.getByLabel("How it is handed over").selectOption("phone");
    await page.getByLabel("Reason").fill("New backup machine");
    await admin.press("Issue a code");
    code = await page.locator("#activation").innerText();
    assert.match(code, /^([0-9A-Z]{5}-){4}[0-9A-Z]{5}$/);
    await admin.picture("61-activation-code");
    await admin.follow("To the services");
    assert.match(await admin.text(), /Waiting until .* 10 tries left/s);
    assert.ok(!(await page.content()).includes(code));
  });
  await step("a mistyped code is told before anything is used up", async () => {
    await technician.go("/install");
    await technician.picture("62-install");
    await type(technician, `${code.slice(0, -2)}${code.at(-1)}${code.at(-2)}`);
    assert.match(await technician.text(), /That is no activation code/);
    await technician.picture("63-install-mistyped");
  });
  let key;
  await step("the wizard redeems it, in any case and with spaces, and shows the service's key", async () => {
    await type(technician, code.toLowerCase().replaceAll("-", " "));
    assert.equal(await technician.heading(), "The backup agent may run on nas");
    key = await technician.page.locator("#service-key").innerText();
    await technician.picture("64-installed");
    assert.equal((await hello(technician, key)).status(), 200);
  });
  await step("a second time it fails to authenticate, and the page says what to do", async () => {
    await technician.go("/install");
    await type(technician, code);
    assert.match(await technician.text(), /Failed to authenticate.*For a reinstall, ask for a new one/s);
    await technician.picture("65-install-failed");
  });
  await step("a reinstall needs a new code, which shuts the old installation out", async () => {
    await admin.go("/services");
    assert.match(await admin.text(), /Installed by nas/);
    await admin.picture("66-services");
    await page.getByRole("link", { name: /^Open/ }).click();
    await admin.picture("67-service");
    await admin.act("Issue a new code", "Issue a new code", "Reinstalled");
    code = await page.locator("#activation").innerText();
    assert.equal((await hello(technician, key)).status(), 401);
  });
  await step("the command redeems it once", () => {
    const file = join(world.folder, "agent.key");
    const run = (name) => {
      const program = join(dirname(world.program), "portal-install");
      const words = ["--portal", world.portal.address, "--machine", "nas", "--key-file", name];
      return spawnSync(program, words, { encoding: "utf8", input: `${code}\n` });
    };
    const done = run(file);
    assert.equal(done.status, 0, done.stderr);
    key = readFileSync(file, "utf8");
    const again = run(`${file}-2`);
    assert.equal(again.status, 1);
    assert.match(again.stderr, /failed to authenticate/);
  });
  await step("what is revoked is shut out", async () => {
    assert.equal((await hello(technician, key)).status(), 200);
    await admin.go("/services");
    await page.getByRole("link", { name: /^Open/ }).click();
    await admin.act("Revoke", "Revoke", "Machine was sold");
    assert.match(await admin.text(), /shut out now/);
    assert.equal((await hello(technician, key)).status(), 401);
  });
  await step("the visit left nothing outside", async () => {
    await technician.leave();
    await admin.leave();
  });
}

async function type(technician, code) {
  await technician.page.getByLabel("Machine").fill("nas");
  await technician.page.getByLabel("Activation code").fill(code);
  await technician.press("Install");
}

function hello(technician, key) {
  return technician.context.request.get("/service/hello", { headers: { authorization: `Bearer ${key}` } });
}
