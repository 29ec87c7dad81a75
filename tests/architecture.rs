//! The house rules that a compiler does not know, checked over the source text.
//!
//! The import table stands once, in `ARCHITECTURE.md`, and is read from there: what a newcomer reads is what is
//! enforced. Inline test modules are exempt from the table (an oracle may come from any layer), not from the rest.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Longest source file, in lines before its tests.
const LINES_MAX: usize = 600;
/// Longest `src/main.rs`: it parses, runs and exits.
const MAIN_LINES_MAX: usize = 40;
/// The row whose rights every module has.
const EVERYONE: &str = "everyone";
/// An import cell that stands for every row above.
const EVERYTHING: &str = "everything above";
/// Ways to the world outside a function, treated like crates: the core has none of them.
const EFFECTS: [&str; 10] = [
    "std::fs",
    "std::thread",
    "std::env",
    "std::process",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "println!",
    "eprintln!",
    "dbg!",
];

// ---- the rules, as tests ------------------------------------------------------------------------------------

#[test]
fn every_import_stands_in_the_table_of_architecture_md() {
    let table = Table::read(&text_of("ARCHITECTURE.md"));
    let externals = externals();
    let found = sources().iter().flat_map(|source| table.violations(source, &externals)).collect::<Vec<_>>();
    assert_none(&found);
}

#[test]
fn the_table_names_every_module_once_and_only_looks_up() {
    let table = Table::read(&text_of("ARCHITECTURE.md"));
    let lib = text_of("src/lib.rs");
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let modules = modules.map(str::to_owned).collect::<BTreeSet<_>>();
    let rows = table.order.iter().filter(|row| !row.contains("::") && *row != EVERYONE).cloned();
    assert_eq!(modules, rows.collect::<BTreeSet<_>>(), "src/lib.rs and the table name different modules");
    assert_none(&table.disorder());
}

#[test]
fn every_dependency_has_a_room_and_no_room_is_for_an_unknown_one() {
    let table = Table::read(&text_of("ARCHITECTURE.md"));
    let used = table.rows.values().flat_map(|row| row.external.iter().cloned()).collect::<BTreeSet<_>>();
    let known = externals().into_iter().collect::<BTreeSet<_>>();
    let homeless = known.difference(&used).filter(|name| *name != "dbg!").collect::<Vec<_>>();
    assert!(homeless.is_empty(), "in Cargo.toml, but no row of the table may use them: {homeless:?}");
    let unknown = used.difference(&known).collect::<Vec<_>>();
    assert!(unknown.is_empty(), "in the table, but not in Cargo.toml: {unknown:?}");
}

#[test]
fn files_are_short_and_suppressions_expire() {
    let sources = sources();
    let found = sources.iter().flat_map(|source| source.too_long().into_iter().chain(source.suppressions()));
    assert_none(&found.collect::<Vec<_>>());
}

// ---- the checker is checked on planted violations -----------------------------------------------------------

const SMALL_TABLE: &str = "\
| module | may import | external |
|---|---|---|
| everyone | time | serde |
| time | – | – |
| sip | – | – |
| sip::typed | – | rsip |
| pbx | – | – |
| live | sip | tokio, UdpSocket |
";

fn planted(path: &str, text: &str) -> Vec<String> {
    let externals = ["serde", "rsip", "tokio", "UdpSocket", "std::fs"].map(str::to_owned);
    let found = Table::read(SMALL_TABLE).violations(&Source::new(path, text), &externals);
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn an_import_outside_the_table_is_found_where_it_stands() {
    let text = "use crate::time::Instant;\nuse crate::sip::Message;\nfn f() { crate::live::run() }\n";
    let found = planted("src/pbx/call.rs", text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("src/pbx/call.rs:2: pbx may not import sip"), "{}", found[0]);
    assert!(found[1].starts_with("src/pbx/call.rs:3: pbx may not import live"), "{}", found[1]);
    assert_eq!(planted("src/live/mod.rs", "use crate::sip::Message;"), Vec::<String>::new());
}

#[test]
fn a_grouped_use_and_a_way_round_by_super_are_found() {
    assert_eq!(planted("src/pbx/mod.rs", "use crate::{sip, time};").len(), 1);
    assert_eq!(planted("src/pbx/mod.rs", "use super::sip::Message;").len(), 1);
    assert_eq!(planted("src/pbx/call.rs", "use super::super::sip::Message;").len(), 1);
    assert_eq!(planted("src/pbx/call.rs", "use super::trunk::Trunk;"), Vec::<String>::new());
}

#[test]
fn an_external_crate_outside_its_room_is_found() {
    assert_eq!(planted("src/sip/typed.rs", "use rsip::Request;"), Vec::<String>::new());
    assert_eq!(planted("src/sip/typed/request.rs", "use rsip::Request;"), Vec::<String>::new());
    assert_eq!(planted("src/sip/message.rs", "use rsip::Request;").len(), 1);
    assert_eq!(planted("src/pbx/mod.rs", "async fn f() { ::tokio::time::sleep(d).await }").len(), 1);
    assert_eq!(planted("src/pbx/mod.rs", "let text = std::fs::read(path);").len(), 1);
    assert_eq!(planted("src/pbx/mod.rs", "use std::net::UdpSocket;").len(), 1);
    assert_eq!(planted("src/pbx/mod.rs", "use serde::Serialize; my_rsip::x(); self::rsip::y();").len(), 0);
}

#[test]
fn comments_texts_and_tests_are_no_imports() {
    let text = "//! Like [`crate::sip`].\n/* crate::sip */ let a = \"crate::sip::B\"; let b = r#\"crate::\"sip\"#;\n";
    assert_eq!(planted("src/pbx/mod.rs", text), Vec::<String>::new());
    let text =
        "fn f<'a>(x: &'a str) -> char { '\"' }\n#[cfg(test)]\nmod tests {\n    use crate::sip::B;\n}\n";
    assert_eq!(planted("src/pbx/mod.rs", text), Vec::<String>::new());
    let outside = "#[cfg(test)]\nmod tests;\nuse crate::sip::B;\n";
    assert_eq!(planted("src/pbx/mod.rs", outside).len(), 1, "code after `mod tests;` still ships");
    let declared =
        Source::new("src/pbx/mod.rs", "#[cfg(test)]\n#[expect(\n    x\n)]\nmod fixture;\nmod call;\n");
    assert_eq!(declared.test_modules(), ["pbx::fixture"]);
}

#[test]
fn a_table_that_looks_down_is_refused() {
    let table =
        Table::read("| module | may import | external |\n|---|---|---|\n| a | b | – |\n| b | – | – |\n");
    assert_eq!(table.disorder().len(), 1);
    assert!(Table::read(SMALL_TABLE).disorder().is_empty());
}

#[test]
fn long_files_and_suppressions_without_a_reason_are_found() {
    let long = Source::new("src/pbx/mod.rs", &"fn f() {}\n".repeat(LINES_MAX + 1));
    assert_eq!(long.too_long().len(), 1);
    let tested = format!("fn f() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}\n", "// line\n".repeat(LINES_MAX));
    assert!(Source::new("src/pbx/mod.rs", &tested).too_long().is_empty());
    assert_eq!(Source::new("src/main.rs", &"\n".repeat(MAIN_LINES_MAX + 1)).too_long().len(), 1);

    let suppressed = |text: &str| Source::new("src/pbx/mod.rs", text).suppressions().len();
    assert_eq!(suppressed("#[allow(clippy::x)]"), 1);
    assert_eq!(suppressed("#![allow(clippy::x, reason = \"it is\")]"), 1);
    assert_eq!(suppressed("#[cfg_attr(test, allow(clippy::x))]"), 1);
    assert_eq!(suppressed("#[expect(clippy::x)]"), 1);
    assert_eq!(suppressed("#[expect(\n    clippy::x,\n    reason = \"it is\"\n)]"), 0);
    assert_eq!(suppressed("// #[allow(clippy::x)]\nlet a = x.expect(\"why\");"), 0);
}

// ---- the table ----------------------------------------------------------------------------------------------

/// What one row of the table lets its module use.
#[derive(Default)]
struct Rights {
    imports: BTreeSet<String>,
    external: BTreeSet<String>,
}

/// The import table: rows by module path (`sip`, or `sip::typed` for a room within), in their order.
struct Table {
    rows: BTreeMap<String, Rights>,
    order: Vec<String>,
}

impl Table {
    /// Reads the Markdown table whose head begins with `| module | may import`.
    fn read(markdown: &str) -> Self {
        let lines = markdown.lines().skip_while(|line| !line.starts_with("| module | may import"));
        let mut table = Self { rows: BTreeMap::new(), order: Vec::new() };
        for line in lines.skip(2).take_while(|line| line.starts_with('|')) {
            let cells = line.trim_matches('|').split('|').map(names).collect::<Vec<_>>();
            let [modules, imports, external] = cells.as_slice() else { panic!("not three columns: {line}") };
            let all_above = imports.iter().any(|import| import == EVERYTHING);
            let imports = if all_above { table.order.clone() } else { imports.clone() };
            for module in modules {
                let rights = Rights {
                    imports: imports.iter().cloned().collect(),
                    external: external.iter().cloned().collect(),
                };
                assert!(table.rows.insert(module.clone(), rights).is_none(), "two rows for {module}");
                table.order.push(module.clone());
            }
        }
        assert!(!table.order.is_empty(), "no import table found");
        table
    }

    /// Rows that import a module which stands below them: the order of the table is the order of the layers.
    fn disorder(&self) -> Vec<String> {
        let mut above = BTreeSet::new();
        let everyone = self.rows.get(EVERYONE).map(|row| row.imports.clone()).unwrap_or_default();
        let mut found = Vec::new();
        for name in &self.order {
            let below = self.rows[name].imports.iter().filter(|import| !above.contains(*import));
            let below = below.filter(|import| name != EVERYONE && !everyone.contains(*import));
            found.extend(below.map(|import| format!("{name} imports {import}, which stands below it")));
            above.insert(name.clone());
        }
        found
    }

    /// Everything that `source` uses and its rows do not allow.
    fn violations(&self, source: &Source, externals: &[String]) -> Vec<Violation> {
        let Some(module) = source.module() else { return Vec::new() };
        let rights = self.rights_of(&source.module_path());
        let may_import = |name: &str| name == module || rights.iter().any(|row| row.imports.contains(name));
        let may_use = |name: &str| rights.iter().any(|row| row.external.contains(name));
        let mut found = source.ways_round();
        for (line, name) in source.imports() {
            if !may_import(&name) {
                found.push(
                    source.violation(line, format!("{module} may not import {name} (ARCHITECTURE.md)")),
                );
            }
        }
        for name in externals.iter().filter(|name| !may_use(name)) {
            for line in source.lines_using(name) {
                found.push(source.violation(line, format!("{module} may not use {name} (ARCHITECTURE.md)")));
            }
        }
        found
    }

    /// The rows that apply to a module path: everyone's, and each whose path is a prefix of it.
    fn rights_of(&self, path: &str) -> Vec<&Rights> {
        let within = |row: &str| path == row || path.starts_with(&format!("{row}::"));
        let rows = self.rows.iter().filter(|(row, _)| *row == EVERYONE || within(row));
        rows.map(|(_, rights)| rights).collect()
    }
}

/// The names in a table cell: `` `tokio`, socket2 `` → tokio, socket2; a dash is none.
fn names(cell: &str) -> Vec<String> {
    let names = cell.split(',').map(|name| name.trim().trim_matches(['`', '*']).to_owned());
    names.filter(|name| !name.is_empty() && name != "–").collect()
}

// ---- source files -------------------------------------------------------------------------------------------

struct Violation {
    place: String,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

fn assert_none<T: ToString>(found: &[T]) {
    let lines = found.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(lines.is_empty(), "{} violations:\n{}", lines.len(), lines.join("\n"));
}

/// A file of `src/`, with comments and texts blanked out.
struct Source {
    /// From the package's root, with forward slashes.
    path: String,
    /// All of it.
    code: String,
    /// What ships: without inline test modules.
    shipped: String,
    /// The whole file is a test module.
    is_test: bool,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let code = without_comments_and_texts(text);
        let shipped = before_tests(&code).to_owned();
        let mut source = Self { path: path.to_owned(), code, shipped, is_test: false };
        source.is_test = source.module_path().split("::").any(|part| part == "tests");
        source
    }

    /// Module paths of the files that this one declares under `#[cfg(test)]`.
    fn test_modules(&self) -> Vec<String> {
        let declared = self.code.split("#[cfg(test)]").skip(1).filter_map(|rest| {
            let line = after_attributes(rest).lines().next()?;
            line.rsplit_once("mod ")?.1.strip_suffix(';')
        });
        declared.map(|name| format!("{}::{name}", self.module_path())).collect()
    }

    /// `src/sip/message/scan.rs` → `sip::message::scan`; a `mod.rs` is its folder.
    fn module_path(&self) -> String {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inner.trim_end_matches("/mod").replace('/', "::")
    }

    /// The layer; none for the roots (`lib.rs`, `main.rs`) and for test files.
    fn module(&self) -> Option<String> {
        let path = self.module_path();
        let is_root = matches!(path.as_str(), "lib" | "main");
        (!self.is_test && !is_root)
            .then(|| path.split("::").next().expect("a split has a first part").to_owned())
    }

    /// Each `crate::name` that ships, with its line.
    fn imports(&self) -> Vec<(usize, String)> {
        let ident = |rest: &str| rest.chars().take_while(|c| is_word(*c)).collect::<String>();
        let found = occurrences(&self.shipped, "crate::");
        let found = found.map(|(line, rest)| (line, ident(&rest["crate::".len()..])));
        found.filter(|(_, name)| !name.is_empty() && !name.starts_with(char::is_uppercase)).collect()
    }

    /// Grouped imports, and `super::` chains that reach the crate's root: both hide a layer from the table.
    fn ways_round(&self) -> Vec<Violation> {
        let depth = self.module_path().split("::").count();
        let to_root = "super::".repeat(depth);
        let grouped = occurrences(&self.shipped, "crate::{").map(|(line, _)| {
            self.violation(line, "one module per `use` line, so that a layer is seen".to_owned())
        });
        let climbing = occurrences(&self.shipped, &to_root)
            .map(|(line, _)| self.violation(line, format!("`{to_root}` reaches the root: write `crate::`")));
        grouped.chain(climbing).collect()
    }

    /// Lines that use an external crate or an effect.
    fn lines_using(&self, name: &str) -> Vec<usize> {
        let is_path = name.chars().all(|c| is_word(c) && !c.is_uppercase());
        let follows = |rest: &str| {
            let after = &rest[name.len()..];
            if is_path {
                after.starts_with("::") || after.starts_with(';')
            } else {
                !after.starts_with(is_word)
            }
        };
        let found = occurrences(&self.shipped, name).filter(|(_, rest)| follows(rest));
        let mut lines = found.map(|(line, _)| line).collect::<Vec<_>>();
        lines.dedup();
        lines
    }

    fn too_long(&self) -> Vec<Violation> {
        let limit = if self.path == "src/main.rs" { MAIN_LINES_MAX } else { LINES_MAX };
        let lines = self.shipped.lines().count();
        let what = format!("{lines} lines before its tests, more than {limit}: split it by what it knows");
        if lines > limit { vec![self.violation(lines, what)] } else { Vec::new() }
    }

    /// `allow` of a lint, and `expect` without a reason: suppressions say why and expire by themselves.
    fn suppressions(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        for (line, rest) in occurrences(&self.code, "#[").chain(occurrences(&self.code, "#![")) {
            let attribute = rest.split_once(']').map_or(rest, |(attribute, _)| attribute);
            if attribute.contains("allow(") {
                found.push(
                    self.violation(line, "`allow`: write `#[expect(lint, reason = \"…\")]`".to_owned()),
                );
            } else if attribute.contains("expect(") && !attribute.contains("reason") {
                found.push(self.violation(line, "`expect` without a reason".to_owned()));
            }
        }
        found
    }

    fn violation(&self, line: usize, what: String) -> Violation {
        Violation { place: format!("{}:{line}", self.path), what }
    }
}

/// Where `token` begins as a whole word (not after a letter, nor inside a longer path), with its line number.
fn occurrences<'a>(text: &'a str, token: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    text.match_indices(token).filter_map(move |(at, _)| {
        let before = &text[..at];
        let is_inner = before.ends_with(is_word) || (before.ends_with("::") && is_inner_path(before, token));
        (!is_inner).then(|| (before.matches('\n').count() + 1, &text[at..]))
    })
}

/// Whether a path segment stands before the `::` that ends `before`; a type name is the same type on any path.
fn is_inner_path(before: &str, token: &str) -> bool {
    let is_type = token.starts_with(char::is_uppercase);
    !is_type && before.trim_end_matches("::").ends_with(is_word)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The part of a file before its first inline test module.
fn before_tests(code: &str) -> &str {
    let is_inline = |at: usize| {
        let rest = after_attributes(&code[at..]);
        rest.starts_with("mod ") && rest.lines().next().is_some_and(|line| line.contains('{'))
    };
    let start = code.match_indices("#[cfg(test)]").map(|(at, _)| at).find(|at| is_inline(*at));
    &code[..start.unwrap_or(code.len())]
}

/// What the attributes at the start of `code` stand before.
fn after_attributes(code: &str) -> &str {
    let mut rest = code.trim_start();
    while rest.starts_with("#[") {
        rest = rest.split_once("]\n").map_or("", |(_, rest)| rest).trim_start();
    }
    rest
}

/// Blanks comments and the insides of text literals, keeping the lines.
fn without_comments_and_texts(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = skipped_length(rest, out.ends_with(is_word));
        if skipped == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            out.extend(rest[..skipped].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[skipped..];
        }
    }
    out
}

/// Length of the comment or literal that `rest` begins with, 0 if it begins with neither.
fn skipped_length(rest: &str, after_word: bool) -> usize {
    let up_to = |end: Option<usize>, width: usize| end.map_or(rest.len(), |at| at + width);
    if rest.starts_with("//") {
        return up_to(rest.find('\n'), 0);
    }
    if rest.starts_with("/*") {
        return up_to(rest.find("*/"), 2);
    }
    if let Some(hashes) = rest.strip_prefix('r').filter(|_| !after_word) {
        let count = hashes.bytes().take_while(|byte| *byte == b'#').count();
        if hashes[count..].starts_with('"') {
            let close = format!("\"{}", "#".repeat(count));
            let body = count + 2;
            return up_to(rest[body..].find(&close).map(|at| at + body), close.len());
        }
    }
    if rest.starts_with('"') {
        return quoted_length(rest, '"');
    }
    let mut after_quote = rest.strip_prefix('\'').unwrap_or("").chars();
    match (after_quote.next(), after_quote.next()) {
        (Some('\\'), _) => quoted_length(rest, '\''),
        (Some(literal), Some('\'')) => literal.len_utf8() + 2,
        _ => 0,
    }
}

/// Length of a literal from its opening to its closing quote, escapes respected.
fn quoted_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

// ---- reading the package ------------------------------------------------------------------------------------

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn sources() -> Vec<Source> {
    let mut files = rust_files(&root().join("src"));
    files.sort();
    let source = |file: &PathBuf| {
        let path =
            file.strip_prefix(root()).expect("listed below the root").to_string_lossy().replace('\\', "/");
        Source::new(&path, &text_of(&path))
    };
    let mut sources = files.iter().map(source).collect::<Vec<_>>();
    let tests = sources.iter().flat_map(Source::test_modules).collect::<BTreeSet<_>>();
    for source in &mut sources {
        source.is_test |= tests.contains(&source.module_path());
    }
    sources
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let (folders, files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
    let own = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    own.chain(folders.iter().flat_map(|folder| rust_files(folder))).collect()
}

/// Crates of `[dependencies]` as they are written in code, and the effects.
fn externals() -> Vec<String> {
    let manifest = text_of("Cargo.toml");
    let section = manifest.split("\n[dependencies]\n").nth(1).expect("a section [dependencies]");
    let section = section.split("\n[").next().expect("a split has a first part");
    let keys = section.lines().filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned()));
    // The one crate whose library is not named after its package.
    let in_code = |name: String| if name == "md-5" { "md5".to_owned() } else { name.replace('-', "_") };
    keys.map(in_code).chain(EFFECTS.map(str::to_owned)).collect()
}
