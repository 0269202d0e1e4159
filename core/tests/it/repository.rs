//! The repository agrees with itself: versions, codes, vectors, the README's examples.

use sentby::{
    ClaimOutcome, DiagnosisCode, ErrorCode, Evidence, Hint, IdentityKind, LinkField, LinkWarning, ModerationAction, PartnershipState,
    Platform, Reason, Suspicion, Touchpoint, WebhookKind,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}")).replace("\r\n", "\n")
}

#[test]
fn every_manifest_has_the_same_version() {
    let version = env!("CARGO_PKG_VERSION");
    let package: Value = serde_json::from_str(&text("bindings-node/package.json")).unwrap();
    assert_eq!(package["version"], version);
    assert!(text("bindings-mobile/kotlin/pom.xml").contains(&format!("<artifactId>sentby</artifactId>\n  <version>{version}</version>")));
    assert!(text("bindings-python/pyproject.toml").contains("dynamic = [\"version\"]"), "Python takes the version from its Cargo.toml");
    assert!(text("CHANGELOG.md").contains(&format!("## {version}")));
    for member in
        ["core", "bindings-python", "bindings-node", "bindings-mobile", "bindings-mobile/server", "bindings-wasm", "examples/webinar"]
    {
        assert!(text(&format!("{member}/Cargo.toml")).contains("version.workspace = true"), "{member}");
    }
    assert!(text("Cargo.toml").contains(&format!("sentby = {{ path = \"core\", version = \"{version}\" }}")));
}

#[test]
fn codes_are_published_as_they_are() {
    let errors: Vec<Value> = ErrorCode::ALL.iter().map(|c| json!({ "code": c.as_str(), "about": c.about() })).collect();
    let reasons: Vec<Value> = Reason::ALL.iter().map(|c| json!({ "code": c.as_str(), "about": c.about() })).collect();
    let warnings: Vec<Value> = LinkWarning::ALL.iter().map(|c| json!({ "code": c.as_str(), "about": c.about() })).collect();
    let hints: Vec<Value> = Hint::ALL.iter().map(|c| json!({ "code": c.as_str(), "about": c.about() })).collect();
    let suspicions: Vec<Value> = Suspicion::ALL.iter().map(|c| json!({ "code": c.as_str(), "about": c.about() })).collect();
    let outcomes: Vec<Value> = ClaimOutcome::ALL.iter().map(|c| json!({ "code": c.as_str(), "about": c.about() })).collect();
    let webhooks: Vec<Value> = WebhookKind::ALL.iter().map(|c| json!({ "code": c.as_str(), "about": c.about() })).collect();
    let diagnoses: Vec<Value> = DiagnosisCode::ALL.iter().map(|c| json!({ "code": c.as_str(), "about": c.about() })).collect();
    let all = json!({
        "errors": errors, "reasons": reasons, "suspicions": suspicions, "claim_outcomes": outcomes, "warnings": warnings, "hints": hints,
        "webhook_kinds": webhooks, "diagnoses": diagnoses
    });
    let current = serde_json::to_string_pretty(&all).unwrap() + "\n";
    let published = std::fs::read_to_string(root().join("core/vectors/codes.json")).unwrap_or_default();
    assert!(published == current, "core/vectors/codes.json is stale; it should be:\n{current}");
}

#[test]
fn the_languages_list_the_same_words() {
    let words = text("bindings-python/python/sentby/words.py");
    let types = text("bindings-node/words.d.ts");
    let (reasons, evidence) = (Reason::ALL.iter().map(|r| r.as_str()), Evidence::ALL.iter().map(|e| e.as_str()));
    let (warnings, fields) = (LinkWarning::ALL.iter().map(|w| w.as_str()), LinkField::ALL.iter().map(|f| f.as_str()));
    let hints = Hint::ALL.iter().map(|h| h.as_str()).chain(IdentityKind::ALL.iter().map(|k| k.as_str()));
    let claims = ClaimOutcome::ALL.iter().map(|o| o.as_str()).chain(Touchpoint::ALL.iter().map(|t| t.as_str()));
    let webhooks = WebhookKind::ALL.iter().map(|k| k.as_str()).chain(Platform::ALL.iter().map(|p| p.as_str()));
    let partnerships = PartnershipState::ALL.iter().map(|s| s.as_str()).chain(ModerationAction::ALL.iter().map(|a| a.as_str()));
    let diagnoses = DiagnosisCode::ALL.iter().map(|d| d.as_str()).chain(webhooks).chain(partnerships);
    let suspicions = Suspicion::ALL.iter().map(|s| s.as_str()).chain(claims).chain(diagnoses);
    for code in reasons.chain(evidence).chain(warnings).chain(fields).chain(hints).chain(suspicions) {
        assert!(words.contains(&format!("\"{code}\"")), "words.py lacks {code}");
        assert!(types.contains(&format!("'{code}'")), "words.d.ts lacks {code}");
    }
}

/// TypeScript's records are written by hand; the Rust that reads them says which properties there are.
#[test]
fn typescript_has_the_properties_that_the_node_binding_reads() {
    let (records, types) = (text("bindings-node/src/records.rs"), text("bindings-node/types.d.ts"));
    let blocks: Vec<&str> = records.split("\nrecord!(").skip(1).map(|rest| rest.split("});").next().unwrap()).collect();
    assert_eq!(blocks.len(), 52);
    for block in blocks {
        let name = block.split_whitespace().next().unwrap();
        let interface = types.split(&format!("export interface {name} {{\n")).nth(1).unwrap_or_else(|| panic!("no interface {name}"));
        let published: Vec<&str> = interface
            .split("\n}")
            .next()
            .unwrap()
            .lines()
            .filter_map(|line| line.trim().split_once(':'))
            .map(|(n, _)| n.trim_end_matches('?'))
            .collect();
        // `field: "property"`: the text behind a colon, and not a default's.
        let mut read: Vec<&str> = block.split(": \"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let mut published: Vec<&str> = published.into_iter().filter(|n| n.chars().all(|c| c.is_ascii_alphanumeric())).collect();
        read.sort_unstable();
        published.sort_unstable();
        assert_eq!(read, published, "{name}");
    }
}

/// The fenced blocks of a language on a page.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    text(page).split(&start).skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

#[test]
fn the_readme_shows_the_examples_that_are_run() {
    for (language, file) in [
        ("rust", "core/examples/sale.rs"),
        ("python", "bindings-python/tests/readme.py"),
        ("js", "bindings-node/test/readme.mjs"),
        ("kotlin", "bindings-mobile/kotlin/src/test/kotlin/dev/sentby/Readme.kt"),
    ] {
        assert_eq!(blocks("README.md", language), [text(file)], "README.md and {file} differ");
    }
    for (place, command) in [("## Run it", "cargo run --release -p webinar"), ("## Test it", "make test")] {
        let readme = text("README.md");
        let section = readme.split(place).nth(1).unwrap_or_else(|| panic!("no {place}"));
        assert!(section.trim_start().starts_with(&format!("```sh\n{command}\n```")), "{place} must begin with its command alone");
    }
}

#[test]
fn the_documented_programs_load() {
    for (page, before) in [("docs/program.md", ""), ("docs/ledger.md", "sentby = 1\nvendor = \"v\"\n")] {
        let blocks = blocks(page, "toml");
        assert!(!blocks.is_empty(), "{page}");
        for block in blocks {
            sentby::Program::from_toml(&format!("{before}{block}")).unwrap_or_else(|e| panic!("{page}: {e}"));
        }
    }
}

/// The page of networks and the list of warnings are generated; a stale one fails and shows the new text.
#[test]
fn pages_show_the_networks_and_warnings_there_are() {
    let code = |texts: &[String]| texts.iter().map(|t| format!("`{}`", t.replace('|', "\\|"))).collect::<Vec<_>>().join("<br>");
    let mut table = String::from(
        "| network | on its own hosts | on every host | on hosts you name | click counts for | coupon or click |\n|---|---|---|---|---|---|\n",
    );
    for n in sentby::networks() {
        let own = n.host.iter().cloned().chain(n.opaque.iter().map(|t| format!("{t} (opaque)"))).collect::<Vec<_>>();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let window = [text(&n.default_window), text(&n.default_model)].join(" ");
        let coupon = text(&n.coupon_precedence);
        table += &format!(
            "| {} (`{}`) | {} | {} | {} | {} | {coupon} |\n",
            n.name,
            n.id,
            code(&own),
            code(&n.any),
            code(&n.configured),
            window.trim()
        );
    }
    let mut warnings = String::from("| warning | meaning |\n|---|---|\n");
    for warning in LinkWarning::ALL {
        warnings += &format!("| `{warning}` | {} |\n", warning.about());
    }
    for (page, generated) in [("docs/networks.md", table), ("docs/links.md", warnings)] {
        assert!(text(page).contains(&format!("\n\n{generated}")), "{page} is stale; it should contain:\n{generated}");
    }
}

/// The page's program, and what it says about each link.
#[test]
fn the_page_about_links_is_true() {
    let page = text("docs/links.md");
    let mut programs = 0;
    for part in page.split("```toml\n").skip(1) {
        let (toml, rest) = part.split_once("```").unwrap();
        let program = sentby::Program::from_toml(&format!("sentby = 1\nvendor = \"v\"\n{toml}")).unwrap();
        let rows = rest.split("\n\n").find(|block| block.starts_with("| link |")).unwrap();
        for row in rows.lines().skip(2) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            let link = program.read(cells[0]).unwrap();
            let referral = link.as_ref().map(|l| l.referral.clone()).unwrap_or_default();
            assert_eq!(referral.affiliate.as_deref().unwrap_or("nobody"), cells[1], "{}", cells[0]);
            // Under which of its subdomains a `*.` stands, nobody says: such links are read only.
            if cells[1] != "nobody" && !cells[0].contains("de.brand.example") {
                assert_eq!(program.read(&program.link(&referral).unwrap()).unwrap().unwrap().referral, referral);
            }
        }
        programs += 1;
    }
    assert_eq!(programs, 2);
}

#[test]
fn the_rust_example_prints_what_all_languages_print() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let run = std::process::Command::new(cargo)
        .args(["run", "--quiet", "--package", "sentby", "--example", "sale"])
        .current_dir(root())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(run.stdout).unwrap(), text("examples/story/expected.txt"), "{}", String::from_utf8_lossy(&run.stderr));
}

/// Every page of the site, and those that the repository shows beside it.
fn pages() -> Vec<String> {
    let docs = std::fs::read_dir(root().join("docs")).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap());
    let mut pages: Vec<String> = docs.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
    pages.extend(["README.md", "CHANGELOG.md", "BENCHMARKS.md", "SECURITY.md", "core/DESIGN.md"].map(str::to_owned));
    pages.extend(["analytics", "checkout", "mobile", "story", "webinar"].map(|name| format!("examples/{name}/README.md")));
    pages.sort_unstable();
    pages
}

#[test]
fn no_page_has_a_dead_link() {
    for page in pages() {
        let dir = root().join(&page).parent().unwrap().to_owned();
        for target in text(&page).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            assert!(target.starts_with("https://") || dir.join(file).exists(), "{page}: {target}");
            if !anchor.is_empty() {
                let linked = if file.is_empty() { root().join(&page) } else { dir.join(file) };
                let plain = |heading: &str| heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>();
                let linked = std::fs::read_to_string(linked).unwrap().to_lowercase();
                let mut headings =
                    linked.lines().filter(|line| line.starts_with('#')).map(|line| plain(line.trim_start_matches('#').trim()));
                assert!(headings.any(|heading| heading.replace(' ', "-") == anchor), "{page}: {target}");
            }
        }
    }
}

/// The site has every page, and nothing else.
#[test]
fn the_site_lists_every_page() {
    let summary = text("docs/SUMMARY.md");
    let listed: BTreeSet<String> = summary.split("](").skip(1).map(|rest| format!("docs/{}", rest.split(')').next().unwrap())).collect();
    let there = pages().into_iter().filter(|page| page.starts_with("docs/") && page != "docs/SUMMARY.md").collect();
    assert_eq!(listed, there);
}

/// Which blocks of code a page has, and who runs them: a block that nobody runs is a claim that nobody checks.
#[test]
fn every_block_of_code_on_a_page_is_run() {
    let python = text("bindings-python/tests/test_docs.py");
    let node = text("bindings-node/test/docs.test.mjs");
    let this = text("core/tests/it/repository.rs");
    for page in pages().into_iter().filter(|page| page.starts_with("docs/")) {
        let content = text(&page);
        let name = page.trim_start_matches("docs/").trim_end_matches(".md");
        let mut inside = false;
        for line in content.lines() {
            let Some(language) = line.strip_prefix("```") else { continue };
            inside = !inside;
            if !inside {
                continue;
            }
            let run = match language {
                // Included files are programs of their own, which `the_readme_shows_the_examples_that_are_run` and Swift's tests know.
                _ if name == "start" && language != "python" => true,
                "python" | "sh" => python.contains(&format!("\"{page}\"")),
                "js" => node.contains(&format!("'{name}'")),
                "html" | "ts" => node.contains(&format!("docs/{name}.md: the ")),
                "rust" | "kotlin" | "java" | "swift" => this.contains(&format!("(\"{page}\", \"{language}\"")),
                "toml" => this.contains(&format!("\"{page}\"")),
                // What was printed: below the code that prints it.
                "text" => ["why", "commissions"].contains(&name),
                _ => false,
            };
            assert!(run, "{page}: nobody runs a block of {language:?}");
        }
    }
}

#[test]
fn every_source_file_is_of_readable_size() {
    let mut dirs = vec![root().join("core"), root().join("examples/webinar/src"), root().join("fuzz")];
    dirs.extend(["python", "node", "mobile"].map(|b| root().join(format!("bindings-{b}/src"))));
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(&dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("target") {
                dirs.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let lines = std::fs::read_to_string(&path).unwrap().lines().count();
                assert!(lines <= 800, "{}: {lines} lines", path.display());
            }
        }
    }
}

/// The guides' code for compilers that are not always there is cut out of files that those compile where they are.
#[test]
fn the_guides_show_code_that_is_compiled() {
    let webinar = ["examples/webinar/src/app.rs", "examples/webinar/src/hooks.rs"];
    for (page, language, files) in [
        ("docs/android.md", "kotlin", &["bindings-mobile/kotlin/src/test/kotlin/dev/sentby/guide/AndroidGuide.kt"][..]),
        ("docs/ios.md", "swift", &["bindings-mobile/swift/Tests/SentbyTests/GuideTests.swift"]),
        ("docs/rust.md", "rust", &webinar),
        ("docs/jvm.md", "java", &["bindings-mobile/kotlin/src/test/java/dev/sentby/guide/SpringGuide.java"]),
    ] {
        let lines = |text: &str| -> String { text.lines().map(|line| line.trim().to_owned() + "\n").collect() };
        let source: String = files.iter().map(|file| lines(&text(file))).collect();
        let blocks = blocks(page, language);
        assert!(blocks.len() >= 4, "{page} has too few examples");
        for part in blocks.iter().flat_map(|block| block.split("\n\n")) {
            // A class may be shown without its last members: what closes it stands elsewhere.
            let part = lines(part.trim_end_matches(|c: char| c.is_whitespace() || "})".contains(c)));
            assert!(source.contains(part.trim_end()), "{page} shows what is not in {files:?}:\n{part}");
        }
    }
}
