//! `core/vectors/api.json` against what every language exports. Kotlin's own test looks at the compiled classes as well.

use crate::repository::{root, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

type Names = BTreeSet<String>;

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// The word that a text begins with.
fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

/// The functions of a module and the methods of the objects; records have fields, and methods that are listed by hand.
fn rust() -> Names {
    let mut names = Names::new();
    for file in files(&root().join("core/src"), ".rs") {
        let source = std::fs::read_to_string(file).unwrap();
        let mut object = None;
        for line in source.lines() {
            if line == "}" {
                object = None;
            }
            if let Some(head) = line.strip_prefix("impl").filter(|_| line.ends_with('{') && !line.contains(" for ")) {
                let head = head.strip_prefix("<'_>").unwrap_or(head).trim_start();
                object = Some(word(head)).filter(|name| ["Program", "Keys", "Ledger", "Journeys"].contains(&name.as_str()));
            }
            if let (Some(object), Some(rest)) =
                (&object, line.strip_prefix("    pub fn ").or_else(|| line.strip_prefix("    pub const fn ")))
            {
                names.insert(format!("{object}::{}", word(rest)));
            }
            if let Some(rest) = line.strip_prefix("pub fn ") {
                names.insert(word(rest));
            }
        }
    }
    // For the fuzzer alone.
    names.remove("agrees_with_url");
    names
}

/// The stub, which mypy compares with the module, and the functions over tables.
fn python() -> Names {
    let (stub, tables) = (text("bindings-python/python/sentby/_sentby.pyi"), text("bindings-python/python/sentby/tables.py"));
    let published = text("bindings-python/python/sentby/__init__.py");
    let mut names = Names::new();
    let (mut class, mut property) = (String::new(), false);
    for line in stub.lines() {
        if let Some(rest) = line.strip_prefix("class ") {
            class = word(rest);
        }
        if line.trim() == "@property" {
            property = true;
            continue;
        }
        if let Some(rest) = line.strip_prefix("def ") {
            names.insert(word(rest));
        } else if let Some(rest) = line.strip_prefix("    def ") {
            // The fields of records are properties.
            if !rest.starts_with("__") && (!property || ["Program", "Keys", "Ledger"].contains(&class.as_str())) {
                names.insert(format!("{class}.{}", word(rest)));
            }
            property = false;
        }
    }
    // What tables.py wraps.
    for inner in ["attribute_columns", "decide_order", "what_if"] {
        assert!(names.remove(inner), "{inner}");
    }
    let public = |name: &String| published.contains(&format!("\"{name}\""));
    names.extend(tables.lines().filter_map(|line| line.strip_prefix("def ")).map(word).filter(public));
    names
}

/// The generated declarations.
fn node() -> Names {
    let mut names = Names::new();
    let mut class = String::new();
    for line in text("bindings-node/index.d.ts").lines() {
        if let Some(rest) = line.strip_prefix("export declare function ") {
            names.insert(word(rest));
        } else if let Some(rest) = line.strip_prefix("export declare class ") {
            class = word(rest);
        } else if let Some(rest) = line.strip_prefix("  ").filter(|_| line.contains('(')) {
            let rest = rest.strip_prefix("static ").or_else(|| rest.strip_prefix("get ")).unwrap_or(rest);
            if rest.starts_with(|c: char| c.is_ascii_lowercase()) {
                names.insert(format!("{class}.{}", word(rest)));
            }
        }
    }
    names
}

/// What UniFFI exports of a crate, as Kotlin and Swift name it.
fn mobile(folder: &str, package: &str) -> Names {
    let mut names = Names::new();
    for file in files(&root().join(folder), ".rs") {
        let source = std::fs::read_to_string(file).unwrap();
        let (mut object, mut exported) = (None, false);
        for line in source.lines() {
            exported |= line.starts_with("#[uniffi::export");
            if line == "}" {
                object = None;
            }
            if let Some(rest) = line.strip_prefix("impl ").filter(|_| exported) {
                object = Some(word(rest));
                exported = false;
            }
            if let Some(rest) = line.strip_prefix("pub fn ").filter(|_| exported) {
                names.insert(package.to_owned() + &camel(&word(rest)));
                exported = false;
            }
            if let (Some(object), Some(rest)) = (&object, line.strip_prefix("    pub fn ")) {
                names.insert(format!("{package}{object}.{}", camel(&word(rest))));
            }
        }
    }
    names
}

fn inbox(source: &str, function: &str) -> Names {
    let methods = text(source);
    let methods = methods.lines().filter_map(|line| line.strip_prefix("    ")).filter_map(|line| line.strip_prefix(function));
    methods.map(|rest| format!("ReferralInbox.{}", word(rest))).collect()
}

fn same(language: &str, listed: &Names, exported: &Names) {
    let missing: Vec<&String> = exported.difference(listed).collect();
    let gone: Vec<&String> = listed.difference(exported).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "{language}: core/vectors/api.json lacks {missing:?}, and lists {gone:?}, which are not exported"
    );
}

#[test]
fn every_call_is_listed_with_the_name_it_has_in_each_language() {
    let api: Value = serde_json::from_str(&text("core/vectors/api.json")).unwrap();
    let calls = api["calls"].as_array().unwrap();
    let listed = |language: &str| -> Names { calls.iter().filter_map(|call| call[language].as_str()).map(str::to_owned).collect() };
    for call in calls {
        let lacks = ["rust", "python", "node", "wasm", "kotlin", "swift"].iter().any(|language| call[*language].is_null());
        assert_eq!(lacks, call["absent"].is_string(), "{}: what a language lacks has a reason", call["call"]);
    }

    // Methods of records are listed as well, and are looked for one by one.
    let objects = |name: &String| {
        !name.contains("::") || ["Program::", "Keys::", "Ledger::", "Journeys::"].iter().any(|object| name.starts_with(object))
    };
    let (own, records): (Names, Names) = listed("rust").into_iter().partition(objects);
    same("rust", &own, &rust());
    let source: String = files(&root().join("core/src"), ".rs").iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    for name in records {
        let method = name.split("::").nth(1).unwrap();
        assert!(source.contains(&format!("pub fn {method}(")) || source.contains(&format!("pub const fn {method}(")), "{name}");
    }

    let constructors = |name: &String| !["Keys", "Ledger", "Money", "RootKey", "len", "Money.amount"].contains(&name.as_str());
    same("python", &listed("python").into_iter().filter(constructors).collect(), &python());
    same("node", &listed("node"), &node());

    let wasm = text("bindings-node/wasm.d.ts");
    for name in listed("wasm") {
        let name = name.rsplit('.').next().unwrap().to_owned();
        let there = wasm.contains(&format!("'{name}'")) || wasm.contains(&format!("{name}(")) || name == "constructor";
        assert!(there, "wasm.d.ts lacks {name}");
    }

    let server = mobile("bindings-mobile/server/src", "server.");
    let shared = mobile("bindings-mobile/src", "");
    let kotlin = inbox("bindings-mobile/kotlin/src/main/kotlin/dev/sentby/app/ReferralInbox.kt", "fun ");
    let kotlin: Names = kotlin.into_iter().map(|name| format!("app.{name}")).collect();
    same("kotlin", &listed("kotlin"), &server.iter().chain(&shared).chain(&kotlin).cloned().collect());
    let swift = inbox("bindings-mobile/swift/Sources/Layer/ReferralInbox.swift", "public func ");
    let server: Names = server.iter().map(|name| name.replace("server.", "SentbyServer.")).collect();
    same("swift", &listed("swift"), &server.iter().chain(&shared).chain(&swift).cloned().collect());
}
