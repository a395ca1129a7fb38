"""Each check fails when the thing it holds is broken: small broken inputs, and a sound one beside each."""

import json
import tempfile
import unittest
from pathlib import Path

from releases import crates, inside
from releases.run import release_faults

from . import answers, arrows, conformance, core, dependencies, examples, features, interface, links, miri, proofs, tidy, unused, version
from .rust_text import functions, product_code
from .tree import CRATES_IO, Problem


def package(name, folder, *dependencies_of):
    """A package as `cargo metadata` writes it."""
    return {
        "id": name,
        "name": name,
        "manifest_path": f"/tree/{folder}/Cargo.toml",
        "dependencies": [{"name": to, "kind": kind} for to, kind in dependencies_of],
    }


def workspace(*packages):
    """A workspace as `cargo metadata` writes it."""
    return {
        "workspace_root": "/tree",
        "workspace_members": [each["id"] for each in packages],
        "packages": list(packages),
    }


class Answers(unittest.TestCase):
    source = """
    /// Does it.
    ///
    /// # Security
    /// Without a ticket: that it is
    /// void; with one: more. Beware.
    #[must_use]
    pub async fn call(&self) {}
"""
    row = {"call": ("a ticket: that it is void", "more")}

    def test_row_and_documentation_that_agree_pass(self):
        self.assertEqual(answers.violations(dict(answers.calls_of(self.source)), self.row), [])
        table = "| Call | Who | Without | With |\n|---|---|---|---|\n| `call` | all | a ticket: that it is void | more |"
        self.assertEqual(answers.rows_of(table), self.row)

    def test_missing_row_sentence_or_call_fails(self):
        calls = dict(answers.calls_of(self.source))
        self.assertEqual(len(answers.violations(calls, {})), 1)
        self.assertEqual(len(answers.violations({}, {})), 1)
        self.assertEqual(len(answers.violations(calls, {**self.row, "other": ("a", "b")})), 1)
        self.assertEqual(len(answers.violations(calls, {"call": ("a ticket: all", "more")})), 1)
        silent = dict(answers.calls_of("/// Does it.\npub async fn call(&self) {}"))
        self.assertEqual(len(answers.violations(silent, self.row)), 1)


class Arrows(unittest.TestCase):
    core = package("mfakit-core", "crates/mfakit-core")
    sqlite = package("mfakit-sqlite", "crates/mfakit-sqlite", ("mfakit-core", None))

    def test_inward_passes(self):
        portal = package("portal", "examples/portal", ("mfakit-sqlite", None), ("axum", None))
        self.assertEqual(arrows.violations(workspace(self.core, self.sqlite, portal)), [])

    def test_outward_fails_for_every_kind(self):
        for kind in (None, "dev", "build"):
            broken = package("mfakit-core", "crates/mfakit-core", ("mfakit-sqlite", kind))
            self.assertEqual(len(arrows.violations(workspace(broken, self.sqlite))), 1)

    def test_package_without_a_layer_fails(self):
        self.assertEqual(len(arrows.violations(workspace(package("new", "crates/new")))), 1)

    def test_outermost_on_outermost_fails(self):
        benches = package("benches", "benches", ("portal", None))
        portal = package("portal", "examples/portal")
        self.assertEqual(len(arrows.violations(workspace(benches, portal))), 1)

    def test_the_core_of_the_models_is_for_the_models_alone(self):
        cheap = package("mfakit-model-core", "fuzz/core")
        for folder, broken in (("fuzz", 0), ("attacks", 1), ("examples/portal", 1), ("crates/mfakit", 1)):
            user = package("user", folder, ("mfakit-model-core", None))
            self.assertEqual(len(arrows.violations(workspace(cheap, user))), broken)


class Interface(unittest.TestCase):
    lib = """
        mod inner;
        pub mod open;
        pub use crate::inner::{Answer, Deep,
            Text};
        pub use other::{One, Two};
    """
    inner = """
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub struct Answer<'a> { pub left: Vec<(u8, &'a str)>, secret: u8 }
        pub enum Deep { #[doc = ""] Leaf, Node(Box<Deep>), Named { a: u8, b: u8 } }
        struct Hidden { pub field: u8 }
        impl<'a> Answer<'a> {
            pub(crate) fn inside(&self) -> u8 { 1 }
            pub const fn new(
                left: u8,
                right: [u8; 2],
            ) -> Self where Self: Sized { Self { left, right } }
            fn private() { let x = { 1 }; }
        }
        impl Hidden { pub fn unseen() {} }
        impl<'a> From<u8> for Answer<'a> { fn from(it: u8) -> Self { it } }
        impl Drop for Hidden { fn drop(&mut self) {} }
        text! { Text, 128; }
        uses! { Text, 128; }
        macro_rules! text { ($name:ident) => { pub struct $name; } }
        macro_rules! uses { ($name:ident) => { impl Inner for $name {} } }
    """

    def of(self, inner=inner, opened="pub fn helper<T: Ord>(it: T) {}\npub struct Tuple(pub u8, u16);"):
        return interface.of_sources({"lib.rs": self.lib, "inner.rs": inner, "open.rs": opened})

    def test_what_can_be_named_is_listed(self):
        expected = {
            "pub mod open", "pub use other::One", "pub use other::Two",
            "derive(Debug, Clone) non_exhaustive pub struct Answer<'a>",
            "Answer: pub left: Vec<(u8, &'a str)>", "Answer: private fields",
            "pub enum Deep", "Deep::Leaf", "Deep::Node(Box<Deep>)", "Deep::Named { a: u8, b: u8 }",
            "Answer<'a>: pub const fn new(left: u8, right: [u8; 2]) -> Self where Self: Sized",
            "impl<'a> From<u8> for Answer<'a>", "text! Text, 128;",
            "pub fn helper<T: Ord>(it: T)", "pub struct Tuple(pub u8, _)",
        }  # fmt: skip
        self.assertEqual(set(self.of()), expected)

    def test_features_are_listed(self):
        self.assertEqual(interface.features_of({"a": [], "b": ["a"]}), ["feature a", "feature b"])
        self.assertEqual(interface.features_of({"default": ["b", "a"], "a": []})[1], "feature default: a, b")

    def test_wrapping_and_moving_change_nothing(self):
        wrapped = self.inner.replace("(\n                left: u8,", "(left: u8,").replace("2],\n", "2]")
        self.assertNotEqual(wrapped, self.inner)
        self.assertEqual(self.of(wrapped), self.of())
        self.assertEqual(self.of(opened="pub struct Tuple(pub u8, u16);\npub fn helper<T: Ord>(it: T) { }"), self.of())

    def test_changes_show(self):
        for old, new in [
            ("left: u8,", "left: u16,"), ("#[non_exhaustive]", ""), ("Leaf,", ""), ("Debug, Clone", "Debug"),
            ("b: u8 }", "b: u16 }"), ("128", "129"), ("pub left", "left"), ("pub const fn new", "pub fn new"),
        ]:  # fmt: skip
            self.assertIn(old, self.inner)
            self.assertNotEqual(self.of(self.inner.replace(old, new)), self.of())


class Core(unittest.TestCase):
    def test_size(self):
        self.assertEqual(core.size_violations({"a 1", "b 1"}), [])
        self.assertTrue(core.size_violations({f"c{n} 1" for n in range(core.MAX_CRATES + 1)}))
        self.assertTrue(core.size_violations({"a 1", "a 2"}))
        self.assertTrue(core.size_violations(set()))

    def test_tree_lines_are_counted_once(self):
        self.assertEqual(len(core.crates_of("a v1 (/x)\nb v2\nb v2 (*)\n\n")), 2)

    def test_tree(self):
        self.assertEqual(core.tree_violations({"mfakit-core 1", "sha2 1"}), [])
        self.assertTrue(core.tree_violations({"mfakit-core 1", "getrandom 1"}))
        self.assertTrue(core.tree_violations(set()))

    def sources(self, extra):
        return {core.CORE_SOURCES + "lib.rs": "#![no_std]\n" + extra}

    def test_source(self):
        for sound in (
            "// std::time\n",
            "/// `std::time`\n",
            'const A: &str = "std::fs";\n',
            "#[cfg(test)]\nmod tests { fn a() { if true {} std::env::args(); } }\n",
            "#[cfg(test)]\nextern crate std;\n",
        ):
            self.assertEqual(core.source_violations(self.sources(sound)), [], sound)
        for broken in (
            "use std::time::SystemTime;\n",
            "extern crate std;\n",
            "#[cfg(test)]\nmod tests { }\nfn a() { ::std::env::args(); }\n",
            "const A: char = '\"'; use std::fs; const B: char = '\"';\n",
        ):
            self.assertTrue(core.source_violations(self.sources(broken)), broken)
        self.assertTrue(core.source_violations({core.CORE_SOURCES + "lib.rs": "// #![no_std]\n"}))

    def test_files_of_tests_are_found(self):
        sources = self.sources("#[cfg(test)]\nmod helper;\n")
        sources[core.CORE_SOURCES + "helper.rs"] = "use std::fs;\n"
        self.assertEqual(core.source_violations(sources), [])
        sources[core.CORE_SOURCES + "other.rs"] = "use std::fs;\n"
        self.assertEqual(len(core.source_violations(sources)), 1)

    def test_unsafe(self):
        self.assertEqual(core.unsafe_violations({"lib.rs": "#![forbid(unsafe_code)]"}), [])
        self.assertTrue(core.unsafe_violations({"lib.rs": "// #![forbid(unsafe_code)]"}))
        self.assertTrue(core.unsafe_violations({"lib.rs": "#![deny(unsafe_code)]"}))
        self.assertTrue(core.unsafe_violations({}))


class Dependencies(unittest.TestCase):
    def test_licence_expressions(self):
        allowed = {"MIT", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"}
        for sound in (
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0 OR MIT",
            "(GPL-3.0 OR MIT) AND Unicode-3.0",
            "MIT/Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
        ):
            self.assertTrue(dependencies.satisfied(sound, allowed), sound)
        for broken in (None, "", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR X) AND Y", "Apache-2.0", "MIT MIT"):
            self.assertFalse(dependencies.satisfied(broken, allowed), broken)

    def test_licences(self):
        deny = 'allow = [\n "MIT", # "GPL-3.0"\n]\nexceptions = [\n { crate = "b", allow = ["X"] },\n]\n'

        def problems(name, licence):
            return dependencies.licence_violations([{"name": name, "version": "1", "license": licence}], deny)

        self.assertEqual(problems("a", "MIT") + problems("b", "X") + problems("b", "MIT"), [])
        self.assertTrue(problems("a", "GPL-3.0"))
        self.assertTrue(problems("a", "X"))
        self.assertTrue(dependencies.licence_violations([{"name": "a", "version": "1", "license": "MIT"}], ""))

    def test_sources(self):
        entry = {"name": "a", "version": "1"}
        self.assertEqual(dependencies.source_violations([entry | {"source": CRATES_IO}, entry | {"source": None}]), [])
        self.assertTrue(dependencies.source_violations([entry | {"source": "git+https://example.org/a"}]))
        self.assertTrue(dependencies.source_violations([entry | {"source": "registry+https://example.org/a"}]))

    def test_npm_sources(self):
        def lock(**entry):
            return {"package-lock.json": json.dumps({"packages": {"": {}, "node_modules/a": entry}})}

        self.assertEqual(dependencies.npm_source_violations(lock(integrity="x", resolved=dependencies.NPM + "a")), [])
        self.assertTrue(dependencies.npm_source_violations(lock(integrity="x", resolved="https://example.org/a")))
        self.assertTrue(dependencies.npm_source_violations(lock(resolved=dependencies.NPM + "a")))

    def test_duplicates(self):
        edges = {"a 1": [], "a 2": ["b 1"], "b 1": [], "b 2": [], "tool 1": ["a 2"]}
        data = {
            "packages": [{"id": each, "name": each[:-2], "version": each[-1]} for each in edges],
            "resolve": {"nodes": [{"id": each, "dependencies": to} for each, to in edges.items()]},
        }

        def problems(deny_toml):
            return len(dependencies.duplicate_violations(data, deny_toml))

        self.assertEqual(problems(""), 2)
        self.assertEqual(problems('skip = [\n { crate = "a@1", reason = "why" },\n]\n'), 1)
        self.assertEqual(problems('skip = [\n { crate = "a@1" },\n]\n'), 2)
        self.assertEqual(problems('skip-tree = [\n { crate = "tool", reason = "why" },\n]\n'), 0)
        self.assertEqual(problems('skip-tree = [\n { crate = "b", reason = "why" },\n]\n'), 1)

    def test_reasons(self):
        self.assertEqual(dependencies.reason_violations({"a"}, "| `a` | core | needed |\n"), [])
        self.assertTrue(dependencies.reason_violations({"a"}, "| `a` | core | |\n"))
        self.assertTrue(dependencies.reason_violations({"a"}, ""))
        self.assertTrue(dependencies.reason_violations(set(), "| `a` | core | needed |\n"))

        self.assertTrue(dependencies.reason_violations({"a"}, "\n## Counts\n\n| `a` | core | needed |\n"))

    def test_python_dependencies(self):
        project = '[build-system]\nrequires = ["a>=1"]\n[project.optional-dependencies]\nmore = ["B-c>=4"]\n'
        texts = {"pyproject.toml": project, "requirements-test.txt": "# Pinned.\nd[e]==1\n"}
        self.assertEqual(dependencies.python_dependencies(texts), {"a", "b-c", "d"})

    def test_counts(self):
        document = "| `b` | 1 | 2 |\n\n## Counts\n\n| `a` | 3 | 4 |\n"
        self.assertEqual(dependencies.count_violations({"a": (3, 4)}, document), [])
        self.assertEqual(len(dependencies.count_violations({"a": (3, 5)}, document)), 1)
        self.assertEqual(len(dependencies.count_violations({"b": (1, 2)}, document)), 2)

    def test_feature_sets(self):
        self.assertEqual(features.feature_sets({"default": ["a"], "a": []}), [[], ["a"]])
        self.assertEqual(len(features.feature_sets(dict.fromkeys("abcd"))), 16)
        self.assertEqual(len(features.feature_sets(dict.fromkeys("abcdef"))), 8)


class Unused(unittest.TestCase):
    asked = {"a": {(None, "used"), ("dev", "tests"), ("dev", "used"), ("build", "script")}}

    def violations(self, *idle):
        """What is found where these pairs of a target and a crate are unused."""
        kinds = {"it": "lib", "more": "bin", "checks": "test", "build-script-build": "custom-build"}

        def message(target, **rest):
            return {"package_id": "a", "target": {"kind": [kinds[target]], "name": target}} | rest

        def warning(target, name):
            said = {"code": {"code": "unused_crate_dependencies"}, "message": f"extern crate `{name}` is unused"}
            return message(target, reason="compiler-message", message=said)

        messages = [warning(*pair) for pair in idle]
        messages += [message(it, reason="compiler-artifact", profile={"test": it == "checks"}) for it in kinds]
        messages += [message("it", reason="compiler-artifact", profile={"test": True}), {"reason": "build-finished"}]
        return unused.crate_violations(self.asked, unused.units(messages, {"a": {"id": "a"}}))

    def test_what_one_target_uses_passes(self):
        self.assertEqual(self.violations(), [])
        self.assertEqual(self.violations(("more", "used"), ("it", "tests"), ("checks", "used")), [])

    def test_what_no_target_uses_fails(self):
        self.assertEqual(len(self.violations(("more", "used"), ("it", "used"))), 1)
        self.assertEqual(len(self.violations(("checks", "tests"), ("it", "tests"))), 1)
        self.assertEqual(len(self.violations(("build-script-build", "script"))), 1)
        self.assertEqual(len(unused.crate_violations(self.asked | {"b": {(None, "c")}}, {"a": {None: {"it": {"used"}}}})), 4)
        with self.assertRaises(Problem):
            unused.crate_violations(self.asked, {})

    def test_npm(self):
        manifest = {"dependencies": {"it": "1"}, "devDependencies": {"@s/tool": "1", "@types/node": "1"}}
        lock = {"packages": {"node_modules/@s/tool": {"bin": {"hammer": "x"}}}}
        texts = {"a/package.json": json.dumps(manifest), "a/package-lock.json": json.dumps(lock)}

        def count(code, path="a/b.mjs"):
            return len(unused.npm_violations(texts | {path: code}))

        self.assertEqual(count("import 'it'; bin('hammer'); import 'node:fs';"), 0)
        self.assertEqual(count("import 'it/sub'; bin('hammer');"), 1)
        self.assertEqual(count("it; 'items'; hammer"), 2)
        self.assertEqual(count("import 'it'; bin('hammer'); import 'node:fs';", "b.mjs"), 3)


class Proofs(unittest.TestCase):
    source = """fn answer() {
    let a = 1;
    // REVEALED: the answer.
    if a
        .b() {
        c();
    }
    d();
    // REVEALED: the last.
    e()
}
#[derive(PartialEq)]
"""

    def report(self, line, kind="a branch", folder=None):
        return kind, [("/std/cmp.rs", 1, "inside"), (f"{folder}/lib.rs", line, "answer"), (f"{folder}/lib.rs", 8, "caller")]

    def violations(self, *lines):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "lib.rs").write_text(self.source)
            return proofs.secret_violations([self.report(line, folder=folder) for line in lines], Path(folder))

    def test_marks_cover_a_statement(self):
        self.assertEqual(proofs.marked_lines(self.source), {4, 5, 6, 7, 10})

    def test_secrets(self):
        self.assertEqual(self.violations(4, 5, 10), [])
        for broken in ([], [2], [4, 8], [11]):
            self.assertEqual(len(self.violations(*broken)), 1, broken)

    def test_what_is_derived_stands_for_its_caller(self):
        self.assertIn("lib.rs:8", self.violations(12)[0])

    def test_reports_outside_of_our_files_count(self):
        self.assertTrue(proofs.secret_violations([("a branch", [("/std/cmp.rs", 1, "memcmp")])]))

    def test_reports_are_read(self):
        frame = "<frame><fn>f</fn><dir>/a</dir><file>b.rs</file><line>3</line></frame>"
        errors = [f"<error><kind>{kind}</kind><stack>{frame}</stack></error>" for kind in ("UninitValue", "Leak_Lost")]
        found = proofs.reports_of(f"<valgrindoutput>{''.join(errors)}</valgrindoutput>")
        self.assertEqual(found, [("an address", [("/a/b.rs", 3, "f")])])

    def test_instructions(self):
        budget = proofs.budget_of("# a line\nsha 100 # why\n")
        sound = [("sha / one", 101), ("sha / other", 101)]
        self.assertEqual(proofs.instruction_violations(sound, budget), [])
        for broken in (
            [("sha / one", 100), ("sha / other", 101)],
            [("sha / one", 103)],
            [("sha / one", 0)],
            [*sound, ("md5 / one", 5)],
            [],
        ):
            self.assertEqual(len(proofs.instruction_violations(broken, budget)), 1, broken)

    def test_hashes(self):
        self.assertEqual(proofs.hash_violations([("1 a", 1, 1000), ("0 b", 0, 90), ("6 c", 6, 6100)]), [])
        for broken in (
            [("0 a", 1, 1000)],
            [("1 a", 1, 1000), ("1 b", 0, 90)],
            [("1 a", 1, 1000), ("0 b", 0, 900)],
            [("0 a", 0, 90)],
        ):
            self.assertEqual(len(proofs.hash_violations(broken)), 1, broken)

    def test_dumps_are_read(self):
        dump = "cfn=a::hash\ncalls=2 0\n1 5\ncfi=x.rs\ncfn=a::hash'2\ncalls=1 0\ncfn=b::hash\ncalls=7 0\ntotals: 42\n"
        self.assertEqual((proofs.calls_of(dump, "a::hash"), proofs.total_of(dump)), (3, 42))


class Miri(unittest.TestCase):
    def test_counts(self):
        line = "test result: ok. 5 passed; 0 failed; 2 ignored; 0 measured\n"
        self.assertEqual(miri.counts(line + "noise\n" + line), (10, 4))
        self.assertEqual(miri.counts("test result: FAILED. 5 passed; 1 failed; 0 ignored\n"), (0, 0))


class Tidy(unittest.TestCase):
    def test_left_open(self):
        for broken in ("// TO" "DO: more", "FIX" "ME", "unimpl" "emented!()", "to" "do!()"):
            self.assertTrue(tidy.matches({"a": broken}, tidy.LEFT_OPEN), broken)
        self.assertEqual(tidy.matches({"a": 'todo = "warn"'}, tidy.LEFT_OPEN), [])

    def test_machine_paths(self):
        for broken in ("in /wo" "rk/main", '"/ro' 'ot/.cargo"', "/ho" "me/jo/x", "/Us" "ers/jo/x"):
            self.assertTrue(tidy.matches({"a": broken}, tidy.MACHINE_PATH), broken)
        for sound in ("$HOME/x", "docs/wo" "rk/x", "~/ro" "ot/x", "https://example.org/ho" "me/"):
            self.assertEqual(tidy.matches({"a": sound}, tidy.MACHINE_PATH), [], sound)

    def test_sizes(self):
        self.assertEqual(tidy.too_large({"crates/a/src/a.rs": b"\n" * 800, "b": b"x" * (1 << 20)}), [])
        self.assertTrue(tidy.too_large({"crates/a/src/a.rs": b"\n" * 801}))
        self.assertTrue(tidy.too_large({"b": b"x" * ((1 << 20) + 1)}))

    def test_shell_scripts_are_found(self):
        self.assertTrue(tidy.is_shell(b"#!/usr/bin/env bash\n"))
        self.assertTrue(tidy.is_shell(b"#!/bin/sh\n"))
        self.assertFalse(tidy.is_shell(b"#!/usr/bin/env python3\n"))


class Conformance(unittest.TestCase):
    def rows(self, **changed):
        numbers = conformance.STANDARDS + conformance.ATTACKS + conformance.SETTINGS + conformance.PEERS
        return [(number, "what", changed.get(number, conformance.OPEN)) for number in numbers]

    def problems(self, rows):
        return conformance.violations(rows, {"works", "a1_is_refused"}, {"arrows"})

    def test_sound(self):
        rows = self.rows(C1="`a::works`", A1="`a1_is_refused`, `works`", A2="`scripts/check arrows`", A3="no such path")
        self.assertEqual(self.problems(rows), [])

    def test_broken(self):
        self.assertTrue(self.problems(self.rows(C1="`gone`")))
        self.assertTrue(self.problems(self.rows(C1="`scripts/check gone`")))
        self.assertTrue(self.problems(self.rows(C1="`Not a name`")))
        self.assertTrue(self.problems(self.rows(C1="")))
        self.assertTrue(self.problems(self.rows(A1="`works`")))
        self.assertTrue(self.problems(self.rows()[1:]))
        self.assertTrue(self.problems(self.rows() + [("C1", "what", "why")]))
        self.assertTrue(self.problems(self.rows() + [("C99", "what", "why")]))

    def test_rows_are_read(self):
        document = "| # | a | b |\n|---|---|---|\n| C1 | what | `x` |\n"
        self.assertEqual(conformance.parse(document), [("C1", "what", "`x`")])

    def test_functions_are_read(self):
        self.assertEqual(functions("// fn no()\nasync fn yes() {}\nfn r#try() {}"), {"yes", "try"})

    def test_lines_stay(self):
        text = 'a\n/* b\n c */ d "e\nf"\n#[cfg(test)]\nmod t {\n}\nlast'
        self.assertEqual(product_code(text).count("\n"), text.count("\n"))
        self.assertTrue(product_code(text).endswith("last"))


class Links(unittest.TestCase):
    texts = {
        "README.md": "[a](docs/a.md#the-end-1) [x](https://example.org/x) `[no](link)`\n```\n[no](link)\n```\n",
        "docs/SUMMARY.md": "- [A](a.md)\n- [B](guides/b.md)\n",
        "docs/a.md": "# A\n## The end\n## The end\n[b](guides/b.md)\n![picture](images/a.png)\n",
        "docs/guides/b.md": "# `Tenant::b`, and more\n[a](../a.md) [here](#tenantb-and-more)\n",
    }
    paths = {*texts, "docs/images/a.png", "src/lib.rs"}

    def test_links_that_lead_somewhere_pass(self):
        self.assertEqual(links.violations(self.texts, self.paths), [])

    def test_broken_links_fail(self):
        for broken in ["[b](b.md)", "[b](guides/b.md#none)", "[code](../src/lib.rs)", "![p](images/none.png)"]:
            texts = {**self.texts, "docs/a.md": self.texts["docs/a.md"] + broken}
            self.assertEqual(len(links.violations(texts, self.paths)), 1, broken)

    def test_a_page_that_the_book_lacks_fails(self):
        texts = {**self.texts, "docs/c.md": "# C"}
        self.assertEqual(links.violations(texts, {*self.paths, "docs/c.md"}), ["docs/c.md is not in docs/SUMMARY.md"])


class Release(unittest.TestCase):
    changelog = "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-01-02\n\n- A thing.\n\n## [1.1.0] - 2026-01-01\n\n- One.\n"

    def faults(self, number="1.2.0", changed=False, elsewhere=False, repository="here", changelog=changelog):
        return len(release_faults(number, changed, elsewhere, repository, changelog))

    def test_a_release_needs_a_clean_tree_a_free_tag_a_version_and_its_section(self):
        self.assertEqual(self.faults(), 0)
        self.assertEqual(self.faults(changed=True), 1)
        self.assertEqual(self.faults(elsewhere=True), 1)
        self.assertEqual(self.faults(repository=None), 1)
        self.assertEqual(self.faults("0.0.0"), 2)
        self.assertEqual(self.faults("1.3.0"), 1)
        self.assertEqual(self.faults(changelog=self.changelog.replace("- A thing.", "")), 1)
        self.assertEqual(self.faults(changelog=self.changelog.replace("[Unreleased]", "[Unreleased]\n\n- More.")), 1)

    def test_what_is_inside(self):
        sound = {"Cargo.toml": b"", "README.md": b"", "src/lib.rs": b"x", "LICENSE-MIT": b"", "LICENSE-APACHE": b""}

        def faults(kind="crate", **more):
            return len(inside.faults(kind, sound | {name.replace("__", "/"): text for name, text in more.items()}, [b"/here/"]))

        self.assertEqual(faults(tests__a=b"/elsewhere/", **{"Cargo.toml.orig": b""}), 0)
        self.assertEqual(faults(**{"src__Cargo.toml.orig": b""}), 1)
        self.assertEqual(faults(a=b"at /here/b"), 1)
        self.assertEqual(faults(**{"key.pem": b""}), 1)
        self.assertEqual(faults(target__a=b""), 1)
        for name in ("mfa.keys", "mfa.keyring", "mfa.db", "mfa.db-wal", "mfa.db-shm", ".env", "a/.env.local", ".envrc"):
            self.assertEqual(faults(**{name: b""}), 1, name)
        self.assertEqual(faults(**{"src/keyring.rs": b"`mfakit-keyring 1`; `key N DATA TOKENS`", "src/env.rs": b""}), 0)
        secrets = (
            b"-----BEGIN PRIVATE " b"KEY-----\nMIIEvQIBADANBgkqhkiG9w0",
            b"-----BEGIN ENCRYPTED PRIVATE " b"KEY-----\nMIIFHDBOBgkqhkiG9w0",
            b"-----BEGIN RSA PRIVATE " b"KEY-----\nProc-Type: 4,ENCRYPTED\n",
            b"mfakit-keyring 1\n",
            b"kept: key 1 " + 52 * b"A" + b" " + 52 * b"7",
            b"github_pat_" + 22 * b"A" + b"_" + 59 * b"b",
            b"ghp_" + 36 * b"A",
        )
        for secret in secrets:
            self.assertEqual(faults(a=secret), 1, secret)
        self.assertEqual(len(inside.faults("crate", {}, [])), 5)
        self.assertEqual(faults("npm", **{"package.json": b"", "test/a": b""}), 1)

    def test_crates_come_behind_what_they_depend_on(self):
        names = [name for name, _ in crates.published()]
        self.assertLess(names.index("mfakit-core"), names.index("mfakit-store"))
        self.assertLess(names.index("mfakit-store"), names.index("mfakit"))


class Examples(unittest.TestCase):
    def count(self, path, block, **runner):
        fenced = {path: f"Text.\n\n```{block}\nx\n```\n"}
        return len(examples.violations(fenced | {name.replace("__", "/"): text for name, text in runner.items()}))

    def test_an_example_that_a_test_runs_passes(self):
        self.assertEqual(self.count("docs/a.md", "rust", **{"src__lib.rs": '#[doc = include_str!("../docs/a.md")]'}), 0)
        self.assertEqual(self.count("docs/a.md", "python", **{"bindings__python__tests__test_x.py": '["docs/a.md"]'}), 0)
        self.assertEqual(self.count("docs/a.md", "python", **{"bindings__python__tests__test_x.py": 'R / "docs" / "a.md"'}), 0)
        self.assertEqual(self.count("README.md", "js", **{"bindings__node__test__x.test.mjs": "join(root, 'README.md')"}), 0)
        self.assertEqual(self.count("docs/a.md", "text"), 0)
        self.assertEqual(len(examples.violations({"a.md": "```rust,ignore\n{{#include x.rs:y}}\n```\n"})), 0)

    def test_an_example_that_nothing_runs_fails(self):
        self.assertEqual(self.count("docs/a.md", "rust", **{"src__lib.rs": '#[doc = include_str!("../docs/b.md")]'}), 1)
        self.assertEqual(self.count("docs/a.md", "rust,ignore"), 1)
        self.assertEqual(self.count("docs/a.md", "python", **{"bindings__python__tests__test_x.py": '["docs/b.md"]'}), 1)
        self.assertEqual(self.count("README.md", "js", **{"bindings__node__test__x.test.mjs": "['README.md', 'docs/b.md']"}), 1)
        self.assertEqual(self.count("docs/a.md", "go"), 1)

    def test_a_block_that_is_passed_over_fails(self):
        runner = {"src__lib.rs": '#[doc = include_str!("../docs/a.md")]'}
        self.assertEqual(self.count("docs/a.md", "rust,no_run", **runner), 0)
        for words in ("rust,ignore", "rust,no_run,ignore", "rust,ignore-none", "rust ignore", " rust", "rust,", "", "text,ignore"):
            self.assertEqual(self.count("docs/a.md", words, **runner), 1, words)
        for block in ("  ```rust\n  x\n  ```\n", "- ```rust\n  x\n", "> ```rust\n> x\n> ```\n", "~~~rust\nx\n~~~\n", "````rust\nx\n````\n", "```text\n````\n```go\nx\n```\n"):
            texts = {"docs/a.md": block, "src/lib.rs": runner["src__lib.rs"]}
            self.assertEqual(len(examples.violations(texts)), 1, block)
        self.assertEqual(len(examples.violations({"a.md": "```text\n~~~rust\n  ```go\n```\n"})), 0)

    def test_a_document_that_is_only_mentioned_is_not_run(self):
        include = '#[doc = include_str!("../docs/a.md")]'
        for text in (f"// {include}", f"x; // {include}", f"/* x\n{include}\n*/", 'let a = include_str!("../docs/a.md");'):
            self.assertEqual(self.count("docs/a.md", "rust", **{"src__lib.rs": text}), 1, text)
        for text in ('# "docs/a.md"', 'x = 1  # "docs/a.md"', '"""Like "docs/a.md"."""'):
            self.assertEqual(self.count("docs/a.md", "python", **{"bindings__python__tests__test_x.py": text}), 1, text)
        for text in ("// 'docs/a.md'", "x; // 'docs/a.md'", "/* 'docs/a.md' */"):
            self.assertEqual(self.count("docs/a.md", "js", **{"bindings__node__test__x.test.mjs": text}), 1, text)


class Version(unittest.TestCase):
    changelog = "# Changelog\n## [Unreleased]\n### Added\n## [1.2.3] - 2026-01-02\n## [1.2.0] - 2026-01-01\n"

    def test_one_version_everywhere_passes(self):
        data = {"workspace": {"dependencies": {"a": {"path": "a", "version": "1.2.3"}, "b": {"path": "b"}, "c": "9"}}}
        self.assertEqual(version.crate_versions(data, "1.2.3"), [])
        package = {"name": "mfakit", "version": "1.2.3", "optionalDependencies": {"@mfakit/x": "1.2.3", "y": "9"}}
        self.assertEqual(version.package_versions("p", package, "1.2.3"), [])
        self.assertEqual(version.changelog_faults(self.changelog, "1.2.3"), [])

    def test_another_version_fails(self):
        data = {"workspace": {"dependencies": {"a": {"path": "a", "version": "1.2.2"}}}}
        self.assertEqual(len(version.crate_versions(data, "1.2.3")), 1)
        package = {"name": "mfakit", "version": "1.2.2", "optionalDependencies": {"@mfakit/x": "1.2.4"}}
        self.assertEqual(len(version.package_versions("p", package, "1.2.3")), 2)

    def test_a_changelog_out_of_order_fails(self):
        for text in [
            self.changelog.replace("## [Unreleased]\n", ""),
            self.changelog.replace("[1.2.0]", "[1.3.0]"),
            self.changelog.replace("2026-01-01", "soon"),
        ]:
            self.assertEqual(len(version.changelog_faults(text, "1.2.3")), 1, text)
        self.assertEqual(len(version.changelog_faults(self.changelog, "1.2.2")), 1)
