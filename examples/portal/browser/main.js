// The whole story of the portal, in a real browser: every row of what its users described, U1 to U11.
//
//   node main.js [PROGRAM]
//
// PROGRAM is the built portal (default: the newer of target/release/portal and target/debug/portal); portal-install lies
// beside it. CHROMIUM names the browser (default: /usr/bin/chromium); zbarimg, oathtool and keepassxc-cli have to be
// installed. MFAKIT_TEST_POSTGRES names a PostgreSQL server that may be filled: `scripts/postgres run` starts one.
//
// The story is told twice: on SQLite in a wide window, with a picture of every page in target/portal-screenshots; and on
// PostgreSQL in a window as narrow as a phone. axe-core looks at every page in both.

import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

import { finish, step, chapter } from "./report.js";
import { services } from "./services.js";
import { staff } from "./staff.js";
import { user } from "./user.js";
import { World } from "./world.js";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const pictures = join(root, "target/portal-screenshots");
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

try {
  await tell({ name: "SQLite, wide", pictures, isPhone: false, store: [] });
  const server = process.env.MFAKIT_TEST_POSTGRES;
  await chapter("PostgreSQL", () =>
    step("a server is named by MFAKIT_TEST_POSTGRES", () => {
      if (!server) throw new Error("none: run this by `scripts/postgres run`");
    }),
  );
  if (server) {
    await tell({ name: "PostgreSQL, narrow", pictures: null, isPhone: true, store: ["--store", address(server)] });
  }
} finally {
  await browser.close();
}
process.exitCode = finish();

/** Tells the story once, in a portal of its own. */
async function tell(settings) {
  const folder = mkdtempSync(join(tmpdir(), "portal-"));
  const world = new World({ browser, program, folder, ...settings });
  try {
    if (await world.start()) {
      for (const part of [user, staff, services]) {
        if (!(await part(world))) break;
      }
      await world.restart();
    }
  } finally {
    await world.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The URL of a server that is named as libpq does: `host=DIR port=NUMBER user=NAME dbname=NAME`. */
function address(server) {
  const { user, dbname, ...others } = Object.fromEntries(server.split(" ").map((pair) => pair.split("=")));
  return `postgres://${user}@/${dbname}?${new URLSearchParams({ ...others, schema: "portal_browser_test" })}`;
}

function newestBuild() {
  const builds = ["release", "debug"].map((profile) => join(root, "target", profile, "portal"));
  const age = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return builds.reduce((one, two) => (age(two) > age(one) ? two : one));
}
