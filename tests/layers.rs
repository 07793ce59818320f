//! The imports of `src` are those of the table of layers in CONTRIBUTING.md, and no files import each other
//! in a circle.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

const CONTRIBUTING: &str = include_str!("../CONTRIBUTING.md");

/// A module by its path: `client`, `waits`.
type Module = Vec<String>;

/// What a source file says.
#[derive(Default)]
struct File {
    /// The paths that it names, from the crate on.
    imports: BTreeSet<Module>,
    /// The names that its `pub use` gives on, and whose they are.
    gives_on: BTreeMap<String, Module>,
}

/// Reads one file; code for tests alone does not count.
struct Reader {
    module: Module,
    file: File,
}

impl Reader {
    /// A path as the file writes it, from the crate on; `None`: it is of another crate.
    fn resolve(&self, path: &[String]) -> Option<Module> {
        let mut base = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "super" => self.module[..self.module.len().saturating_sub(1)].to_vec(),
            "self" => self.module.clone(),
            _ => return None,
        };
        for name in &path[1..] {
            if name == "super" {
                base.pop();
            } else {
                base.push(name.clone());
            }
        }
        Some(base)
    }

    fn import(&mut self, path: &[String]) {
        let found = self.resolve(path);
        self.file.imports.extend(found);
    }
}

/// The paths of a use declaration, each to its last name.
fn paths(tree: &syn::UseTree, prefix: &[String]) -> Vec<Vec<String>> {
    let with = |name: &syn::Ident| [prefix, &[name.to_string()]].concat();
    match tree {
        syn::UseTree::Path(path) => paths(&path.tree, &with(&path.ident)),
        syn::UseTree::Name(name) if name.ident == "self" => vec![prefix.to_vec()],
        syn::UseTree::Name(name) => vec![with(&name.ident)],
        syn::UseTree::Rename(rename) => vec![with(&rename.ident)],
        syn::UseTree::Group(group) => group.items.iter().flat_map(|item| paths(item, prefix)).collect(),
        syn::UseTree::Glob(_) => vec![prefix.to_vec()],
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        for path in paths(&item.tree, &[]) {
            let is_public = matches!(item.vis, syn::Visibility::Public(_));
            // A module gives on what its own submodules have: `pub use name::Name`.
            match path.first().map(String::as_str) {
                Some("crate" | "super" | "self") => self.import(&path),
                _ if is_public => {
                    let name = path.last().unwrap().clone();
                    let from = [self.module.clone(), path].concat();
                    self.file.gives_on.insert(name, from);
                }
                _ => {}
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.import(&names);
        visit::visit_path(self, path);
    }
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// `src/model/name.rs` is `model::name`, and `src/model/mod.rs` is `model`.
fn module_of(path: &Path) -> Module {
    let path = path.strip_prefix("src").unwrap().with_extension("");
    let mut module: Module = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    module
}

/// Every file of the library that is not for tests alone, with the files that it imports.
fn imports() -> BTreeMap<Module, BTreeSet<Module>> {
    let mut files = BTreeMap::new();
    let for_tests = |module: &Module| module.iter().any(|part| part == "tests" || part == "scripted");
    for path in sources(Path::new("src")) {
        let module = module_of(&path);
        if for_tests(&module) {
            continue;
        }
        let source = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut reader = Reader { module: module.clone(), file: File::default() };
        reader.visit_file(&source);
        files.insert(module, reader.file);
    }
    let target = |path: &Module| file_of(&files, path);
    files
        .iter()
        .map(|(module, file)| {
            let imported = file.imports.iter().map(target).filter(|imported| imported != module);
            (module.clone(), imported.collect())
        })
        .collect()
}

/// The file in which the thing at a path is.
fn file_of(files: &BTreeMap<Module, File>, path: &Module) -> Module {
    let mut length = path.len();
    while length > 0 && !files.contains_key(&path[..length]) {
        length -= 1;
    }
    let given_on = path.get(length).and_then(|name| files[&path[..length]].gives_on.get(name));
    given_on.map_or_else(|| path[..length].to_vec(), |from| file_of(files, from))
}

/// The rows of the table of layers: a module of `src`, and those that it knows.
fn table() -> Vec<(String, BTreeSet<String>)> {
    let head = "| module | knows |";
    let rows = CONTRIBUTING.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    rows.take_while(|line| line.starts_with('|'))
        .map(|row| {
            let cells: Vec<_> = row.split('|').collect();
            (names(cells[1]).remove(0), names(cells[2]).into_iter().collect())
        })
        .collect()
}

#[test]
fn the_imports_are_those_of_the_table_of_layers() {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, imported) in imports() {
        let Some(layer) = module.first() else { continue };
        let layers = known.entry(layer.clone()).or_default();
        layers.extend(
            imported.into_iter().filter_map(|module| module.first().cloned()).filter(|other| other != layer),
        );
    }
    let table = table();
    let expected: BTreeMap<_, _> = table.iter().cloned().collect();
    assert_eq!(
        known, expected,
        "the table of layers in CONTRIBUTING.md (right) and the imports of src (left) differ"
    );
    for (row, (module, known)) in table.iter().enumerate() {
        let below: BTreeSet<_> = table[row + 1..].iter().map(|(module, _)| module.clone()).collect();
        // The two know each other's plain types.
        let exception = if module == "model" || module == "error" { ["model", "error"] } else { ["", ""] };
        let up: Vec<_> = known
            .iter()
            .filter(|other| !below.contains(*other) && !exception.contains(&other.as_str()))
            .collect();
        assert!(up.is_empty(), "{module} knows {up:?}, which stand above it");
    }
}

#[test]
fn no_source_file_has_more_than_500_lines() {
    for path in sources(Path::new("src")) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 500, "{} has {lines} lines: split it by theme", path.display());
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let imports = imports();
    assert!(imports.len() > 40, "only {} files", imports.len());
    let mut done = BTreeSet::new();
    for module in imports.keys() {
        walk(&imports, module, &mut Vec::new(), &mut done);
    }
}

fn walk<'a>(
    imports: &'a BTreeMap<Module, BTreeSet<Module>>,
    module: &'a Module,
    trail: &mut Vec<&'a Module>,
    done: &mut BTreeSet<&'a Module>,
) {
    if let Some(begin) = trail.iter().position(|before| *before == module) {
        let circle: Vec<_> = trail[begin..].iter().map(|module| module.join("::")).collect();
        panic!("these files import each other in a circle: {}", circle.join(" -> "));
    }
    if done.contains(module) {
        return;
    }
    trail.push(module);
    for imported in &imports[module] {
        walk(imports, imported, trail, done);
    }
    trail.pop();
    done.insert(module);
}
