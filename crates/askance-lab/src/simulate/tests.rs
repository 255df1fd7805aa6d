use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;

use super::*;

/// A folder in memory.
#[derive(Clone, Default)]
struct Folder(Rc<RefCell<BTreeMap<String, Vec<u8>>>>);

struct File(Folder, String);

impl Sink for Folder {
    fn file(&mut self, path: &str) -> io::Result<Box<dyn Write>> {
        self.0.borrow_mut().insert(path.to_owned(), Vec::new());
        Ok(Box::new(File(self.clone(), path.to_owned())))
    }
}

impl Write for File {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.0.borrow_mut().get_mut(&self.1).expect("begun").extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn scenario(name: &str) -> Scenario {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
    let text = io::read_to_string(std::fs::File::open(&path).unwrap()).unwrap();
    Scenario::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn run(scenario: &Scenario, seed: u64) -> (Summary, BTreeMap<String, Vec<u8>>) {
    let mut folder = Folder::default();
    let summary = simulate(scenario, seed, &mut folder, &mut |_| {}).unwrap();
    let files = folder.0.borrow().clone();
    (summary, files)
}

#[test]
fn the_same_seed_gives_the_same_octets_and_another_seed_others() {
    let mut scenario = scenario("sender-verification.toml");
    scenario.days = 2.0;
    let (first, files) = run(&scenario, 7);
    assert!(first.written.iter().all(|w| w.rows > 0), "{:?}", first.written);
    assert_eq!(run(&scenario, 7).1, files);
    assert_ne!(run(&scenario, 8).1, files);
}

#[test]
fn every_scenario_that_ships_runs_and_fills_its_records() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut names: Vec<String> =
        folder.read_dir().unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    for name in &names {
        let mut scenario = scenario(name);
        // The whole of the longest stories is for the programs that investigate them.
        scenario.days = scenario.days.min(21.0);
        let (summary, files) = run(&scenario, 1);
        let labels = String::from_utf8(files["labels.csv"].clone()).unwrap();
        assert!(labels.lines().count() > 1, "{name} has no labels");
        let case = String::from_utf8(files["case.toml"].clone()).unwrap();
        assert!(case.contains("(simulated)\""), "{name}: the title says that nothing of this happened");
        for written in &summary.written {
            // What was published of the origin story begins later than its first three weeks.
            let later = written.id == "published-list";
            assert!(written.rows > 0 || later, "{name}: {} is empty", written.id);
            assert_eq!(files[&written.path].len() as u64, written.octets, "{name}: {}", written.id);
        }
    }
}
