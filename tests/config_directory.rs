//! The directory of service files: what is read there, and what a write leaves behind, however it ends.

// A test may fail by any of these, and so may what it calls.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use std::{env, fs, thread};

use common::TemporaryDirectory;
use zinit_client::config_directory::ConfigDirectory;
use zinit_client::error::{Error, ErrorKind};
use zinit_client::model::{Name, Service, Text};
use zinit_client::sys;

fn name(name: &str) -> Name {
    Name::new(name).unwrap()
}

fn service(exec: &str) -> Service {
    let mut service = Service::new();
    service.set_exec(Some(Text::new(exec).unwrap()));
    service
}

fn empty_directory() -> (TemporaryDirectory, ConfigDirectory) {
    let directory = TemporaryDirectory::new();
    let config = ConfigDirectory::new(directory.path());
    (directory, config)
}

fn entries(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn file_io_reason(error: &Error) -> &str {
    match error.kind() {
        ErrorKind::FileIo { reason, .. } => reason,
        other => panic!("{other}"),
    }
}

fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn what_is_written_is_loaded() {
    let (directory, config) = empty_directory();
    for each in ["web", "a.b", "with space", "..", "\u{e9}", &"n".repeat(250)] {
        config.write(&name(each), &service(each)).unwrap();
        assert_eq!(config.load(&name(each)).unwrap(), service(each));
        config.write(&name(each), &service("again")).unwrap();
        assert_eq!(config.load(&name(each)).unwrap(), service("again"));
        assert_eq!(entries(directory.path()), [format!("{each}.yaml")]);
        config.remove(&name(each)).unwrap();
    }
    assert!(entries(directory.path()).is_empty());
}

#[test]
fn a_change_keeps_all_other_keys() {
    let (directory, config) = empty_directory();
    let file = directory.path().join("web.yaml");
    fs::write(
        &file,
        "# comment\nexec: old\ndir: /srv\nshutdown_timeout: 30\nsignal:\n  stop: sigint\n  reload: SIGHUP\n\
         test: curl x\nlog: stdout\nafter: [a]\nenv: {A: 1}\noneshot: on\nx-owner: {team: [web, 7], since: 2001-01-01}\n",
    )
    .unwrap();
    let mut service = config.load(&name("web")).unwrap();
    service.set_exec(Some(Text::new("new").unwrap()));
    config.write(&name("web"), &service).unwrap();
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        "# comment\nexec: new\ndir: /srv\nshutdown_timeout: 30\nsignal:\n  stop: sigint\n  reload: SIGHUP\n\
         test: curl x\nlog: stdout\nafter: [a]\nenv: {A: 1}\noneshot: true\nx-owner: {team: [web, 7], since: 2001-01-01}\n"
    );
}

#[test]
fn a_missing_file_is_named() {
    let (directory, config) = empty_directory();
    let error = config.load(&name("web")).unwrap_err();
    let path = directory.path().join("web.yaml").display().to_string();
    assert_eq!(*error.kind(), ErrorKind::FileNotFound { path, os_errno: libc::ENOENT });
    let nowhere = ConfigDirectory::new(directory.path().join("no/such"));
    assert!(matches!(nowhere.load(&name("web")).unwrap_err().kind(), ErrorKind::FileNotFound { .. }));
    nowhere.remove(&name("web")).unwrap();
    let error = nowhere.write(&name("web"), &service("a")).unwrap_err();
    assert!(file_io_reason(&error).ends_with("no/such does not exist"), "{error}");
}

#[test]
fn a_file_that_is_no_definition_is_named() {
    let (directory, config) = empty_directory();
    let file = directory.path().join("web.yaml");
    for (content, expected) in [
        (b"exec: a: b".to_vec(), "line 1 column 8: `: ` inside a value"),
        (b"exec: \xff".to_vec(), "line 1 column 7: a byte that is not UTF-8"),
        (vec![b'#'; Service::MAX_FILE_BYTES + 1], "larger than 256 KiB"),
    ] {
        fs::write(&file, content).unwrap();
        for loaded in [config.load(&name("web")), config.load_checked(&name("web"))] {
            let error = loaded.unwrap_err();
            let ErrorKind::FileSyntax { path, reason } = error.kind() else { panic!("{error}") };
            assert_eq!(*path, Some(file.display().to_string()));
            assert!(reason.contains(expected), "{reason}");
        }
    }
}

#[test]
fn a_definition_that_the_daemon_would_refuse_is_loaded_without_a_check_only() {
    let (directory, config) = empty_directory();
    for (content, refused) in [("test: a", "exec"), ("exec: a\nlog: bogus", "log")] {
        fs::write(directory.path().join("web.yaml"), content).unwrap();
        config.load(&name("web")).unwrap();
        let error = config.load_checked(&name("web")).unwrap_err();
        let ErrorKind::InvalidService { key, .. } = error.kind() else { panic!("{error}") };
        assert_eq!(key, refused);
        assert_eq!(error.service(), Some("web"));
    }
    fs::write(directory.path().join("web.yaml"), "exec: a").unwrap();
    assert_eq!(config.load_checked(&name("web")), config.load(&name("web")));
}

#[test]
fn what_is_no_file_is_neither_read_nor_replaced() {
    let (directory, config) = empty_directory();
    let at = |file: &str| directory.path().join(file);
    fs::create_dir(at("directory.yaml")).unwrap();
    make_fifo(&at("fifo.yaml"));
    let _socket = UnixListener::bind(at("socket.yaml")).unwrap();
    symlink("/dev/null", at("device.yaml")).unwrap();
    symlink("fifo.yaml", at("link.yaml")).unwrap();
    let before = entries(directory.path());
    for (each, kind) in [
        ("directory", "a directory"),
        ("fifo", "a FIFO"),
        ("socket", "a socket"),
        ("device", "a device"),
        ("link", "a FIFO"),
    ] {
        let kind_before = fs::symlink_metadata(at(&format!("{each}.yaml"))).unwrap().mode();
        for error in
            [config.load(&name(each)).unwrap_err(), config.write(&name(each), &service("a")).unwrap_err()]
        {
            assert!(file_io_reason(&error).contains(kind), "{error}");
        }
        assert_eq!(fs::symlink_metadata(at(&format!("{each}.yaml"))).unwrap().mode(), kind_before);
        assert_eq!(entries(directory.path()), before);
    }
    let error = config.remove(&name("directory")).unwrap_err();
    assert!(file_io_reason(&error).contains("a directory"), "{error}");
    assert!(at("directory.yaml").is_dir());
}

#[test]
fn a_link_is_followed_to_its_target() {
    let (directory, config) = empty_directory();
    let at = |file: &str| directory.path().join(file);
    fs::create_dir(at("elsewhere")).unwrap();
    symlink("elsewhere/real", at("second")).unwrap();
    symlink(at("second"), at("web.yaml")).unwrap();

    let error = config.load(&name("web")).unwrap_err();
    assert!(file_io_reason(&error).contains("a symbolic link to"), "{error}");
    assert!(file_io_reason(&error).contains("does not exist"), "{error}");

    for exec in ["new", "changed"] {
        config.write(&name("web"), &service(exec)).unwrap();
        assert_eq!(config.load(&name("web")).unwrap(), service(exec));
        assert_eq!(fs::read_to_string(at("elsewhere/real")).unwrap(), format!("exec: {exec}\n"));
    }
    assert_eq!(entries(directory.path()), ["elsewhere", "second", "web.yaml"]);
    assert_eq!(entries(&at("elsewhere")), ["real"]);
    assert!(at("web.yaml").is_symlink() && at("second").is_symlink());

    config.remove(&name("web")).unwrap();
    assert_eq!(entries(directory.path()), ["elsewhere", "second"]);
    assert_eq!(entries(&at("elsewhere")), ["real"]);
}

/// Somebody whom neither root nor the user of the tests trusts.
const STRANGER: Option<u32> = Some(65534);

#[test]
fn a_link_of_a_stranger_is_not_followed_where_everybody_may_write() {
    if !is_root() {
        return;
    }
    for mode in [0o777, 0o1777] {
        let (directory, config) = empty_directory();
        let outside = TemporaryDirectory::new();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode)).unwrap();
        fs::write(outside.path().join("secret"), "exec: old\n").unwrap();
        for (each, target) in [("file", "secret"), ("new", "new"), ("directory", "")] {
            let link = directory.path().join(format!("{each}.yaml"));
            symlink(outside.path().join(target), &link).unwrap();
            lchown(&link, STRANGER, STRANGER).unwrap();
            for error in [
                config.load(&name(each)).unwrap_err(),
                config.content(&name(each)).unwrap_err(),
                config.write(&name(each), &service("new")).unwrap_err(),
            ] {
                let reason = file_io_reason(&error);
                assert!(reason.contains("a symbolic link of user 65534"), "{error}");
            }
        }
        // Nor is a stranger's link behind one of root's.
        symlink("file.yaml", directory.path().join("behind.yaml")).unwrap();
        assert!(config.write(&name("behind"), &service("new")).is_err());
        assert_eq!(entries(outside.path()), ["secret"]);
        assert_eq!(fs::read_to_string(outside.path().join("secret")).unwrap(), "exec: old\n");
        // To remove it is no harm.
        config.remove(&name("file")).unwrap();
        assert_eq!(entries(outside.path()), ["secret"]);
    }
}

#[test]
fn a_link_is_followed_where_its_owner_is_trusted_or_only_some_may_write() {
    if !is_root() {
        return;
    }
    // Whose the directory is, its mode, and whose the link is.
    for (of_directory, mode, of_link) in [
        (0, 0o777, 0),
        (0, 0o1777, 0),
        (65534, 0o1777, 65534),
        (65534, 0o777, 0),
        (0, 0o755, 65534),
        (0, 0o775, 65534),
    ] {
        let (directory, config) = empty_directory();
        let outside = TemporaryDirectory::new();
        let link = directory.path().join("web.yaml");
        symlink(outside.path().join("web"), &link).unwrap();
        lchown(&link, Some(of_link), None).unwrap();
        chown(directory.path(), Some(of_directory), None).unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode)).unwrap();
        config.write(&name("web"), &service("new")).unwrap();
        assert_eq!(config.load(&name("web")).unwrap(), service("new"));
        assert_eq!(entries(outside.path()), ["web"]);
    }
}

#[test]
fn another_name_of_a_file_elsewhere_is_replaced_and_not_written_through() {
    let (directory, config) = empty_directory();
    let outside = TemporaryDirectory::new();
    fs::write(outside.path().join("other"), "exec: old\n").unwrap();
    fs::hard_link(outside.path().join("other"), directory.path().join("web.yaml")).unwrap();
    config.write(&name("web"), &service("new")).unwrap();
    assert_eq!(config.load(&name("web")).unwrap(), service("new"));
    assert_eq!(fs::read_to_string(outside.path().join("other")).unwrap(), "exec: old\n");
}

/// Puts something in the way at each of the names that the next temporary files would have.
fn plant_at_temporary_names(
    config: &ConfigDirectory,
    directory: &Path,
    plant: impl Fn(usize, &Path),
) -> Vec<String> {
    let prepared = config.prepare(&name("probe"), "exec: a\n").unwrap();
    let probe = entries(directory).into_iter().find(|entry| entry.starts_with(".zinit-client-")).unwrap();
    drop(prepared);
    let (process, number) = probe.trim_end_matches(".tmp").rsplit_once('-').unwrap();
    let number: usize = number.parse().unwrap();
    // Other tests take some of the names meanwhile.
    let names: Vec<_> = (1..=400).map(|more| format!("{process}-{}.tmp", number + more)).collect();
    for (index, planted) in names.iter().enumerate() {
        plant(index, &directory.join(planted));
    }
    names
}

#[test]
fn what_is_planted_at_the_names_of_temporary_files_is_neither_followed_nor_waited_for() {
    let (directory, config) = empty_directory();
    let outside = TemporaryDirectory::new();
    let outside_file = outside.path().join("file");
    fs::write(&outside_file, "outside").unwrap();
    let planted = plant_at_temporary_names(&config, directory.path(), |index, path| match index % 6 {
        0 => symlink(&outside_file, path).unwrap(),
        1 => symlink(outside.path(), path).unwrap(),
        2 => symlink(outside.path().join("dangling"), path).unwrap(),
        3 => fs::hard_link(&outside_file, path).unwrap(),
        4 => sys_mkfifo(path),
        _ => symlink("/dev/full", path).unwrap(),
    });
    let before: Vec<_> = planted.iter().map(|each| identity(&directory.path().join(each))).collect();
    for exec in ["one", "two"] {
        config.write(&name("web"), &service(exec)).unwrap();
        assert_eq!(config.load(&name("web")).unwrap(), service(exec));
    }
    assert!(fs::symlink_metadata(directory.path().join("web.yaml")).unwrap().is_file());
    let after: Vec<_> = planted.iter().map(|each| identity(&directory.path().join(each))).collect();
    assert_eq!(before, after);
    assert_eq!(entries(outside.path()), ["file"]);
    assert_eq!(fs::read_to_string(&outside_file).unwrap(), "outside");
}

/// Which file that is, and of what kind.
fn identity(path: &Path) -> (u64, u32) {
    let metadata = fs::symlink_metadata(path).unwrap();
    (metadata.ino(), metadata.mode())
}

/// In this process: the program would have to be started for each.
#[allow(unsafe_code)]
fn sys_mkfifo(path: &Path) {
    let path = std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
    // SAFETY: a text with a NUL behind it.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
}

#[test]
fn a_directory_that_is_replaced_by_a_link_meanwhile_leaves_both_as_they_are() {
    let parent = TemporaryDirectory::new();
    let at = |file: &str| parent.path().join(file);
    fs::create_dir(at("config")).unwrap();
    fs::create_dir(at("other")).unwrap();
    fs::write(at("config/web.yaml"), "exec: old\n").unwrap();
    fs::write(at("other/web.yaml"), "exec: other\n").unwrap();
    let config = ConfigDirectory::new(at("config"));
    let prepared = config.prepare(&name("web"), "exec: new\n").unwrap();
    fs::rename(at("config"), at("moved")).unwrap();
    symlink("other", at("config")).unwrap();
    let error = prepared.replace().unwrap_err();
    assert!(file_io_reason(&error).contains("No such file"), "{error}");
    assert_eq!(fs::read_to_string(at("moved/web.yaml")).unwrap(), "exec: old\n");
    assert_eq!(fs::read_to_string(at("other/web.yaml")).unwrap(), "exec: other\n");
    assert_eq!(entries(&at("other")), ["web.yaml"]);
    // What it had written is left there, and nobody may read it who may not read the old file.
    let moved = entries(&at("moved"));
    assert_eq!(moved.len(), 2, "{moved:?}");
    let [new, old] = [&moved[0], &moved[1]].map(|each| fs::metadata(at("moved").join(each)).unwrap().mode());
    assert_eq!(new, old);
}

#[test]
fn a_directory_that_is_exchanged_again_and_again_never_has_half_a_file_nor_one_of_another_name() {
    let parent = TemporaryDirectory::in_memory();
    let at = |file: &str| parent.path().join(file);
    for directory in ["config", "other"] {
        fs::create_dir(at(directory)).unwrap();
        fs::write(at(directory).join("bystander"), "bystander").unwrap();
    }
    let config = ConfigDirectory::new(at("config"));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                fs::rename(at("config"), at("moved")).unwrap();
                symlink("other", at("config")).unwrap();
                fs::remove_file(at("config")).unwrap();
                fs::rename(at("moved"), at("config")).unwrap();
            }
        });
        let mut counts = [0; 2];
        for _ in 0..500 {
            counts[usize::from(config.write(&name("web"), &service("new")).is_ok())] += 1;
        }
        is_over.store(true, Ordering::Relaxed);
        println!("{} failed, {} were written", counts[0], counts[1]);
        assert!(counts[1] > 0);
    });
    for directory in ["config", "other"] {
        let file = at(directory).join("web.yaml");
        if file.exists() {
            assert_eq!(fs::read_to_string(file).unwrap(), "exec: new\n");
        }
        assert_eq!(fs::read_to_string(at(directory).join("bystander")).unwrap(), "bystander");
        for entry in entries(&at(directory)) {
            let is_expected =
                entry == "bystander" || entry == "web.yaml" || entry.starts_with(".zinit-client-");
            assert!(is_expected, "{entry}");
        }
    }
}

#[test]
fn a_chain_of_40_links_is_followed() {
    let (directory, config) = empty_directory();
    let at = |file: &str| directory.path().join(file);
    // As far as the system follows them.
    fs::write(at("link0"), "exec: old\n").unwrap();
    for number in 1..=40 {
        symlink(format!("link{}", number - 1), at(&format!("link{number}"))).unwrap();
    }
    for (links, service_name) in [(40, "most"), (41, "more")] {
        symlink(format!("link{}", links - 1), at(&format!("{service_name}.yaml"))).unwrap();
    }
    config.write(&name("most"), &service("new")).unwrap();
    assert_eq!(config.load(&name("most")).unwrap(), service("new"));
    for error in
        [config.write(&name("more"), &service("never")).unwrap_err(), config.load(&name("more")).unwrap_err()]
    {
        assert!(matches!(error.kind(), ErrorKind::FileIo { os_errno: libc::ELOOP, .. }), "{error}");
    }
    assert_eq!(fs::read_to_string(at("link0")).unwrap(), "exec: new\n");
}

#[test]
fn a_circle_of_links_is_an_error() {
    let (directory, config) = empty_directory();
    symlink("web.yaml", directory.path().join("web.yaml")).unwrap();
    for error in
        [config.load(&name("web")).unwrap_err(), config.write(&name("web"), &service("a")).unwrap_err()]
    {
        assert!(matches!(error.kind(), ErrorKind::FileIo { os_errno: libc::ELOOP, .. }), "{error}");
    }
    config.remove(&name("web")).unwrap();
    assert!(entries(directory.path()).is_empty());
}

#[test]
fn an_invalid_definition_changes_nothing() {
    let (directory, config) = empty_directory();
    config.write(&name("web"), &service("old")).unwrap();
    let error = config.write(&name("web"), &Service::new()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidService { .. }), "{error}");
    assert_eq!(config.load(&name("web")).unwrap(), service("old"));
    assert_eq!(entries(directory.path()), ["web.yaml"]);
}

#[test]
fn an_existing_file_keeps_its_mode() {
    let (directory, config) = empty_directory();
    let file = directory.path().join("web.yaml");
    config.write(&name("web"), &service("a")).unwrap();
    for mode in [0o600, 0o644, 0o666, 0o755, 0o400] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        config.write(&name("web"), &service("b")).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, mode);
    }
}

#[test]
fn removing_twice_is_fine() {
    let (_directory, config) = empty_directory();
    config.write(&name("web"), &service("a")).unwrap();
    config.remove(&name("web")).unwrap();
    config.remove(&name("web")).unwrap();
}

#[test]
fn what_a_killed_process_left_behind_is_in_nobodys_way() {
    let (directory, config) = empty_directory();
    let names = format!("${DIRECTORY}/.zinit-client-$$-$number.tmp");
    let before = format!("for number in 0 1 2; do echo half >\"{names}\"; done");
    let output = write_in_a_process_of_its_own(&before, directory.path(), None);
    assert!(output.contains("written"), "{output}");
    assert!(config.load(&name("web")).is_ok());
    assert_eq!(entries(directory.path()).len(), 4);
}

#[test]
fn a_reader_never_sees_half_a_file() {
    let directory = TemporaryDirectory::in_memory();
    let config = ConfigDirectory::new(directory.path());
    let contents = [service("short"), service(&"long ".repeat(2000))];
    config.write(&name("web"), &contents[0]).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !done.load(Ordering::Relaxed) {
                assert!(contents.contains(&config.load(&name("web")).unwrap()));
                reads += 1;
            }
            reads
        });
        for turn in 0..10_000 {
            config.write(&name("web"), &contents[turn % 2]).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
    assert_eq!(entries(directory.path()), ["web.yaml"]);
}

#[test]
fn many_writers_do_not_disturb_each_other() {
    let directory = TemporaryDirectory::in_memory();
    let config = ConfigDirectory::new(directory.path());
    thread::scope(|scope| {
        for number in 0..8 {
            let config = &config;
            scope.spawn(move || {
                for _ in 0..200 {
                    config.write(&name("web"), &service(&format!("{number} ").repeat(500))).unwrap();
                }
            });
        }
    });
    assert!(config.load(&name("web")).is_ok());
    assert_eq!(entries(directory.path()), ["web.yaml"]);
}

#[test]
fn a_new_file_has_the_mode_that_the_umask_leaves() {
    for (umask, mode) in [("000", 0o660), ("022", 0o640), ("077", 0o600)] {
        let (directory, _) = empty_directory();
        let output = write_in_a_process_of_its_own(&format!("umask {umask}"), directory.path(), None);
        assert!(output.contains("written"), "{output}");
        assert_eq!(fs::metadata(directory.path().join("web.yaml")).unwrap().mode() & 0o7777, mode);
    }
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let (directory, config) = empty_directory();
    config.write(&name("web"), &service("old")).unwrap();
    // A limit of 4 KiB on the size of files, which ends a write in its middle as a full disk does.
    let output = write_in_a_process_of_its_own("trap '' XFSZ; ulimit -f 8", directory.path(), None);
    assert!(output.contains("cannot write") && output.contains("web.yaml: File too large"), "{output}");
    assert_eq!(config.load(&name("web")).unwrap(), service("old"));
    assert_eq!(entries(directory.path()), ["web.yaml"]);
}

#[test]
fn a_read_only_directory_leaves_the_old_file() {
    let (directory, config) = empty_directory();
    config.write(&name("web"), &service("old")).unwrap();
    fs::set_permissions(directory.path().join("web.yaml"), fs::Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere, so that root must become somebody else for this.
    let output = write_in_a_process_of_its_own(":", directory.path(), Some(65534));
    assert!(output.contains("cannot write") && output.contains("Permission denied"), "{output}");
    assert_eq!(config.load(&name("web")).unwrap(), service("old"));
    assert_eq!(entries(directory.path()), ["web.yaml"]);
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Sets an extended attribute. Where the system does not let this be done, the test is to end: it is skipped, and says so.
fn has_attribute(path: &Path, attribute: &CStr, value: &[u8]) -> bool {
    match sys::set_attribute(File::open(path).unwrap().as_fd(), attribute, value) {
        Ok(()) => true,
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOTSUP | libc::EPERM)) => {
            skip(&format!("{} cannot be set: {error}", attribute.to_string_lossy()));
            false
        }
        Err(error) => panic!("{}: {error}", attribute.to_string_lossy()),
    }
}

fn is_root() -> bool {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        skip("only root can bring this about");
    }
    is_root
}

fn skip(why: &str) {
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    // What eprintln! prints is seen only where a test fails.
    io::stderr().write_all(format!("skipped here: {test}: {why}\n").as_bytes()).unwrap();
}

fn attribute(path: &Path, attribute: &CStr) -> Option<Vec<u8>> {
    match sys::attribute(path, attribute) {
        Ok(value) => Some(value),
        Err(error) if error.raw_os_error() == Some(libc::ENODATA) => None,
        Err(error) => panic!("{}: {error}", attribute.to_string_lossy()),
    }
}

const ACCESS_ACL: &CStr = c"system.posix_acl_access";

/// An access control list as the system has it: the owner may read and write; what user 1000, the owning group, the
/// mask and all others may do.
fn acl(named: u16, group: u16, mask: u16, others: u16) -> Vec<u8> {
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    let nobody = u32::MAX;
    let (user_object, user, group_object, mask_tag, other) = (0x01, 0x02, 0x04, 0x10, 0x20);
    for (tag, permissions, id) in [
        (user_object, 6, nobody),
        (user, named, 1000),
        (group_object, group, nobody),
        (mask_tag, mask, nobody),
        (other, others, nobody),
    ] {
        let (tag, permissions, id): (u16, u16, u32) = (tag, permissions, id);
        bytes.extend(tag.to_le_bytes().into_iter().chain(permissions.to_le_bytes()).chain(id.to_le_bytes()));
    }
    bytes
}

#[test]
fn an_existing_file_keeps_its_extended_attributes() {
    let (directory, config) = empty_directory();
    let file = directory.path().join("web.yaml");
    config.write(&name("web"), &service("a")).unwrap();
    let long = [7; 1000];
    let kept: [(&CStr, &[u8]); 3] =
        [(c"user.empty", b""), (c"user.bytes", b"\0\xff\0"), (c"user.long", &long)];
    for (each, value) in kept {
        if !has_attribute(&file, each, value) {
            return;
        }
    }
    // Of a mode that takes from the owner the right to set them.
    for mode in [0o644, 0o400] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        config.write(&name("web"), &service("b")).unwrap();
        assert_eq!(config.load(&name("web")).unwrap(), service("b"));
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, mode);
        for (each, value) in kept {
            assert_eq!(attribute(&file, each).as_deref(), Some(value), "{each:?}");
        }
    }
}

#[test]
fn a_user_keeps_the_attributes_of_a_file_that_neither_mode_nor_umask_lets_the_user_write() {
    let (directory, config) = empty_directory();
    let file = directory.path().join("web.yaml");
    config.write(&name("web"), &service("a")).unwrap();
    if !has_attribute(&file, c"user.label", b"1") {
        return;
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    // To root, no mode is in the way.
    if fs::metadata(directory.path()).unwrap().uid() == 0 {
        chown(&file, Some(65534), Some(65534)).unwrap();
    }
    let output = write_in_a_process_of_its_own("umask 777", directory.path(), Some(65534));
    assert!(output.contains("written"), "{output}");
    assert_eq!(attribute(&file, c"user.label").as_deref(), Some(&b"1"[..]));
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o400);
}

#[test]
fn a_target_of_a_link_keeps_its_extended_attributes() {
    let (directory, config) = empty_directory();
    let target = directory.path().join("target");
    fs::write(&target, "exec: a\n").unwrap();
    symlink("target", directory.path().join("web.yaml")).unwrap();
    if has_attribute(&target, c"user.label", b"1") {
        config.write(&name("web"), &service("b")).unwrap();
        assert_eq!(attribute(&target, c"user.label").as_deref(), Some(&b"1"[..]));
    }
}

#[test]
fn root_keeps_the_attributes_that_only_root_may_set_and_no_hash_of_the_content() {
    if !is_root() {
        return;
    }
    let (directory, config) = empty_directory();
    let file = directory.path().join("web.yaml");
    config.write(&name("web"), &service("a")).unwrap();
    let kept: [(&CStr, &[u8]); 3] =
        [(c"trusted.label", b"1"), (c"security.label", b"2"), (c"security.selinux", b"u:r:t:s0\0")];
    let hash = (c"security.ima", &b"\x01a hash of the content"[..]);
    for (each, value) in kept.into_iter().chain([hash]) {
        if !has_attribute(&file, each, value) {
            return;
        }
    }
    config.write(&name("web"), &service("b")).unwrap();
    for (each, value) in kept {
        assert_eq!(attribute(&file, each).as_deref(), Some(value), "{each:?}");
    }
    assert_eq!(attribute(&file, hash.0), None);
}

#[test]
fn an_existing_file_keeps_its_access_control_list_and_its_mode() {
    let (directory, config) = empty_directory();
    let file = directory.path().join("web.yaml");
    config.write(&name("web"), &service("a")).unwrap();
    for (list, mode) in [
        (acl(6, 4, 6, 0), 0o660),
        // A mask that takes something off the group and off the user that is named.
        (acl(7, 7, 4, 0), 0o640),
        (acl(0, 4, 4, 4), 0o644),
        (acl(6, 0, 0, 0), 0o600),
        (acl(6, 4, 6, 0), 0o2660),
    ] {
        if !has_attribute(&file, ACCESS_ACL, &list) {
            return;
        }
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        config.write(&name("web"), &service("b")).unwrap();
        assert_eq!(attribute(&file, ACCESS_ACL), Some(list));
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, mode);
    }
}

#[test]
fn an_existing_file_is_not_given_the_access_control_list_of_its_directory() {
    let (directory, config) = empty_directory();
    let file = directory.path().join("web.yaml");
    config.write(&name("web"), &service("a")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o660)).unwrap();
    if !has_attribute(directory.path(), c"system.posix_acl_default", &acl(6, 4, 6, 0)) {
        return;
    }
    config.write(&name("web"), &service("b")).unwrap();
    assert_eq!(attribute(&file, ACCESS_ACL), None);
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o660);
    // A new file is.
    config.write(&name("new"), &service("a")).unwrap();
    assert_eq!(attribute(&directory.path().join("new.yaml"), ACCESS_ACL), Some(acl(6, 4, 6, 0)));
}

#[test]
fn an_attribute_that_cannot_be_kept_leaves_the_old_file() {
    if !is_root() {
        return;
    }
    let (directory, config) = empty_directory();
    let file = directory.path().join("web.yaml");
    config.write(&name("web"), &service("old")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    // CAP_NET_BIND_SERVICE, permitted. Everybody may see it, and only root may set it.
    let capability = [0x0200_0000_u32, 1 << 10, 0, 0, 0].map(u32::to_le_bytes).concat();
    if !has_attribute(&file, c"security.capability", &capability) {
        return;
    }
    let before = fs::metadata(&file).unwrap();
    let output = write_in_a_process_of_its_own(":", directory.path(), Some(65534));
    let expected = format!(
        "cannot write {}: its attribute security.capability cannot be kept: Operation not permitted; ",
        file.display()
    );
    assert!(output.contains(&expected), "{output}");
    assert_eq!(config.load(&name("web")).unwrap(), service("old"));
    assert_eq!(entries(directory.path()), ["web.yaml"]);
    assert_eq!(fs::metadata(&file).unwrap().ino(), before.ino());
    assert_eq!(attribute(&file, c"security.capability"), Some(capability.clone()));

    // Root may.
    config.write(&name("web"), &service("new")).unwrap();
    assert_eq!(attribute(&file, c"security.capability"), Some(capability));
}

#[test]
fn the_owner_is_kept_where_the_writer_may_give_a_file_away() {
    if !is_root() {
        return;
    }
    let (directory, config) = empty_directory();
    let file = directory.path().join("web.yaml");
    config.write(&name("web"), &service("a")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    chown(&file, Some(1234), Some(1235)).unwrap();
    let owner = || {
        let metadata = fs::metadata(&file).unwrap();
        (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777)
    };
    config.write(&name("web"), &service("b")).unwrap();
    assert_eq!(owner(), (1234, 1235, 0o666));
    let output = write_in_a_process_of_its_own(":", directory.path(), Some(65534));
    assert!(output.contains("written"), "{output}");
    assert_eq!(owner(), (65534, 65534, 0o666));
}

const HOUR: Duration = Duration::from_secs(3600);

fn set_age(path: &Path, age: Duration) {
    File::open(path).unwrap().set_modified(SystemTime::now() - age).unwrap();
}

#[test]
fn a_write_removes_the_temporary_files_that_killed_writers_left_over_an_hour_ago() {
    let (directory, config) = empty_directory();
    fs::create_dir(directory.path().join("elsewhere")).unwrap();
    symlink("elsewhere/real", directory.path().join("link.yaml")).unwrap();
    for (written, at) in [("web", directory.path()), ("link", &directory.path().join("elsewhere"))] {
        let left =
            [".zinit-client-1-0.tmp", ".zinit-client-4194304-4294967295.tmp"].map(|file| at.join(file));
        for each in &left {
            fs::write(each, "half").unwrap();
            set_age(each, 2 * HOUR);
        }
        config.write(&name(written), &service("a")).unwrap();
        for each in &left {
            assert!(!each.exists(), "{each:?}");
        }
    }
}

#[test]
fn a_write_looks_at_4096_entries_for_what_was_left_behind() {
    let (directory, config) = empty_directory();
    for number in 0..4096 + 100 {
        let left = directory.path().join(format!(".zinit-client-1-{number}.tmp"));
        fs::write(&left, "").unwrap();
        set_age(&left, 2 * HOUR);
    }
    config.write(&name("web"), &service("a")).unwrap();
    // The file itself is an entry, too, and may be among those that are looked at.
    let left = entries(directory.path()).len() - 1;
    assert!(left == 100 || left == 101, "{left}");
    // The next write takes the rest.
    config.write(&name("web"), &service("b")).unwrap();
    assert_eq!(entries(directory.path()), ["web.yaml"]);
}

#[test]
fn a_write_leaves_the_temporary_files_that_are_young_or_held() {
    let (directory, config) = empty_directory();
    let [young, not_yet, from_the_future, held] = ["1-1", "1-2", "1-3", "1-4"].map(|numbers| {
        let path = directory.path().join(format!(".zinit-client-{numbers}.tmp"));
        fs::write(&path, "half").unwrap();
        path
    });
    set_age(&not_yet, Duration::from_secs(3300));
    File::open(&from_the_future).unwrap().set_modified(SystemTime::now() + 2 * HOUR).unwrap();
    set_age(&held, 2 * HOUR);
    let holder = File::open(&held).unwrap();
    sys::lock(holder.as_fd()).unwrap();
    config.write(&name("web"), &service("a")).unwrap();
    assert!(held.exists());

    // It is the lock that has kept it.
    drop(holder);
    config.write(&name("web"), &service("a")).unwrap();
    assert!(!held.exists());
    for each in [young, not_yet, from_the_future] {
        assert!(each.exists(), "{each:?}");
    }
}

#[test]
fn a_write_leaves_the_files_whose_names_are_not_ours() {
    let (directory, config) = empty_directory();
    for foreign in [
        ".zinit-client-1.tmp",
        ".zinit-client-1-.tmp",
        ".zinit-client-1-1.tmp.yaml",
        ".zinit-client-1-1-1.tmp",
        ".zinit-client-01-1.tmp",
        ".zinit-client-+1-1.tmp",
        ".zinit-client-1-4294967296.tmp",
        ".zinit-client-x-1.tmp",
        "zinit-client-1-1.tmp",
        ".other-1-1.tmp",
        "other.yaml",
    ] {
        fs::write(directory.path().join(foreign), "").unwrap();
        set_age(&directory.path().join(foreign), 2 * HOUR);
    }
    config.write(&name("web"), &service("a")).unwrap();
    assert_eq!(entries(directory.path()).len(), 12);
}

#[test]
fn a_write_leaves_what_is_not_a_file() {
    let (directory, config) = empty_directory();
    let at = |file: &str| directory.path().join(file);
    fs::write(at("target"), "").unwrap();
    symlink("target", at(".zinit-client-1-1.tmp")).unwrap();
    fs::create_dir(at(".zinit-client-1-2.tmp")).unwrap();
    make_fifo(&at(".zinit-client-1-3.tmp"));
    let _socket = UnixListener::bind(at(".zinit-client-1-4.tmp")).unwrap();
    let before = entries(directory.path());
    let mut touch = Command::new("touch");
    touch.args(["-h", "-d", "2 hours ago"]).args(&before).current_dir(directory.path());
    assert!(touch.status().unwrap().success());
    config.write(&name("web"), &service("a")).unwrap();
    config.remove(&name("web")).unwrap();
    assert_eq!(entries(directory.path()), before);
}

#[test]
fn what_is_prepared_stays_however_long_it_takes_until_its_writer_is_killed() {
    let (directory, config) = empty_directory();
    let this_file = config.prepare(&name("mine"), "exec: mine\n").unwrap();
    let mut writer = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "prepares_and_waits", "--nocapture"])
        .env(DIRECTORY, directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("prepared")));
    let temporary = entries(directory.path());
    assert_eq!(temporary.len(), 2, "{temporary:?}");
    for each in &temporary {
        set_age(&directory.path().join(each), 2 * HOUR);
    }

    config.write(&name("web"), &service("a")).unwrap();
    assert_eq!(entries(directory.path()).len(), 3);

    writer.kill().unwrap();
    writer.wait().unwrap();
    config.write(&name("web"), &service("b")).unwrap();
    assert_eq!(entries(directory.path()).len(), 2);

    this_file.replace().unwrap();
    assert_eq!(entries(directory.path()), ["mine.yaml", "web.yaml"]);
    assert_eq!(config.load(&name("mine")).unwrap(), service("mine"));
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn prepares_and_waits() {
    let config = ConfigDirectory::new(env::var_os(DIRECTORY).unwrap());
    let _prepared = config.prepare(&name("web"), "exec: never\n").unwrap();
    println!("prepared");
    io::stdin().read_line(&mut String::new()).unwrap();
}

const DIRECTORY: &str = "ZINIT_CLIENT_TEST_DIRECTORY";

/// Runs the next test after some shell commands, as another user if this one is root. Returns what it prints.
fn write_in_a_process_of_its_own(before: &str, directory: &Path, uid_for_root: Option<u32>) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]);
    let copy = TemporaryDirectory::new();
    match uid_for_root {
        Some(uid) if fs::metadata(directory).unwrap().uid() == 0 => {
            // A copy, because not every user may enter the directory that the tests are built in. Made by
            // another process: one that is forked here at the same time would keep the copy open, and so from
            // being run.
            let program = copy.path().join("test");
            let copied = Command::new("cp").arg(env::current_exe().unwrap()).arg(&program).status();
            assert!(copied.unwrap().success());
            fs::set_permissions(copy.path(), fs::Permissions::from_mode(0o755)).unwrap();
            command.arg(program).uid(uid).gid(uid);
        }
        _ => drop(command.arg(env::current_exe().unwrap())),
    }
    command.args(["--ignored", "--exact", "writes_in_a_process_of_its_own", "--nocapture"]);
    let output = command.env(DIRECTORY, directory).current_dir("/").output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
#[ignore = "run by other tests, in a process of its own"]
fn writes_in_a_process_of_its_own() {
    let config = ConfigDirectory::new(env::var_os(DIRECTORY).unwrap());
    match config.write(&name("web"), &service(&"long ".repeat(2000))) {
        Ok(()) => println!("written"),
        Err(error) => println!("{error}"),
    }
}
