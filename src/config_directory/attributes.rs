//! The extended attributes of a service file.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use super::failure::Failure;
use crate::error::describe;
use crate::sys;

const ACCESS_ACL: &CStr = c"system.posix_acl_access";

/// The system's signatures and hashes of the content, and of the attributes. Those of the old file would be wrong for
/// the new one, which a system that looks at them would then not let anybody read. It makes its own.
const OF_THE_CONTENT: [&CStr; 2] = [c"security.ima", c"security.evm"];

/// Gives a new file the attributes of the old one: labels, access control lists, and what users have set.
///
/// A list is given together with the permissions of its mode, so that the mode is to be set after it.
pub fn keep(old: &Path, new: &Path, new_file: &File) -> Result<(), Failure> {
    let names = match sys::attributes(old) {
        Ok(names) => names,
        Err(error) if is_without_attributes(&error) => Vec::new(),
        Err(error) => return Err(failure("its extended attributes cannot be listed", error)),
    };
    let set = |name: &CStr, value: &[u8]| sys::set_attribute(new_file.as_fd(), name, value);
    let has_acl = names.iter().any(|name| name.as_c_str() == ACCESS_ACL);
    copy(names, |name| sys::attribute(old, name), |name| sys::attribute(new, name), set)?;
    // The directory may have given one to the new file.
    if !has_acl && sys::attribute(new, ACCESS_ACL).is_ok() {
        let removed = sys::remove_attribute(new_file.as_fd(), ACCESS_ACL);
        removed.map_err(|error| failure("the default ACL of its directory cannot be kept off it", error))?;
    }
    Ok(())
}

fn copy(
    mut names: Vec<CString>,
    old: impl Fn(&CStr) -> io::Result<Vec<u8>>,
    new: impl Fn(&CStr) -> io::Result<Vec<u8>>,
    mut set: impl FnMut(&CStr, &[u8]) -> io::Result<()>,
) -> Result<(), Failure> {
    names.retain(|name| !OF_THE_CONTENT.contains(&name.as_c_str()));
    // An access control list comes last, for it may take from this user the right to set the others.
    let (lists, others): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| name.as_bytes().starts_with(b"system."));
    for name in others.into_iter().chain(lists) {
        let value = match old(&name) {
            Ok(value) => value,
            // It has been removed since.
            Err(error) if matches!(error.raw_os_error(), Some(libc::ENODATA | libc::ENOENT)) => continue,
            Err(error) => return Err(failure_of(&name, "read", error)),
        };
        // A label that the system's policy has given to the new file, too, is often not this user's to set.
        if new(&name).is_ok_and(|present| present == value) {
            continue;
        }
        set(&name, &value).map_err(|error| failure_of(&name, "kept", error))?;
    }
    Ok(())
}

/// Whether there is nothing to keep: the file system has no attributes, or the file has just been removed.
fn is_without_attributes(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOTSUP | libc::ENOENT))
}

fn failure_of(name: &CStr, what: &str, error: io::Error) -> Failure {
    let name = name.to_bytes().escape_ascii();
    let todo = match error.kind() {
        io::ErrorKind::PermissionDenied => "; write the file as root, or remove the attribute",
        _ => "",
    };
    let failure = failure(&format!("its attribute {name} cannot be {what}"), error);
    Failure { reason: failure.reason + todo, ..failure }
}

fn failure(what: &str, error: io::Error) -> Failure {
    Failure { reason: format!("{what}: {}", describe(&error)), ..error.into() }
}

#[cfg(test)]
mod tests {
    use std::ffi::{CStr, CString};
    use std::io;

    use super::copy;

    fn names(names: &[&CStr]) -> Vec<CString> {
        names.iter().map(|name| CString::from(*name)).collect()
    }

    fn os_error<T>(os_errno: i32) -> io::Result<T> {
        Err(io::Error::from_raw_os_error(os_errno))
    }

    /// What is set on a new file that has nothing yet.
    fn set_of(
        names: Vec<CString>,
        old: impl Fn(&CStr) -> io::Result<Vec<u8>>,
        new: impl Fn(&CStr) -> io::Result<Vec<u8>>,
    ) -> Vec<String> {
        let mut all = Vec::new();
        let result = copy(names, old, new, |name, _| {
            all.push(name.to_str().unwrap().to_owned());
            Ok(())
        });
        assert!(result.is_ok());
        all
    }

    #[test]
    fn lists_come_last_and_hashes_of_the_content_do_not_come_at_all() {
        let listed = names(&[
            c"security.evm",
            c"system.posix_acl_access",
            c"security.ima",
            c"user.a",
            c"security.selinux",
        ]);
        let set = set_of(listed, |_| Ok(b"1".to_vec()), |_| os_error(libc::ENODATA));
        assert_eq!(set, ["user.a", "security.selinux", "system.posix_acl_access"]);
    }

    #[test]
    fn what_the_new_file_has_already_is_not_set() {
        let new = |name: &CStr| match name.to_bytes() {
            b"security.selinux" => Ok(b"same".to_vec()),
            _ => Ok(b"another".to_vec()),
        };
        let set = set_of(names(&[c"security.selinux", c"security.SMACK64"]), |_| Ok(b"same".to_vec()), new);
        assert_eq!(set, ["security.SMACK64"]);
    }

    #[test]
    fn what_is_removed_meanwhile_is_not_missed() {
        for gone in [libc::ENODATA, libc::ENOENT] {
            let old = |name: &CStr| if name == c"user.gone" { os_error(gone) } else { Ok(Vec::new()) };
            let set = set_of(names(&[c"user.gone", c"user.a"]), old, |_| os_error(libc::ENODATA));
            assert_eq!(set, ["user.a"]);
        }
    }

    #[test]
    fn what_cannot_be_set_or_read_is_named() {
        for (os_errno, words) in [
            (libc::EPERM, "Operation not permitted; write the file as root, or remove the attribute"),
            (libc::ENOTSUP, "Operation not supported"),
            (libc::ENOSPC, "No space left on device"),
        ] {
            let listed = || names(&[c"user.\xffa"]);
            let absent = |_: &CStr| os_error(libc::ENODATA);
            let failure =
                copy(listed(), |_| Ok(Vec::new()), absent, |_, _| os_error(os_errno)).err().unwrap();
            assert_eq!(failure.reason, format!(r"its attribute user.\xffa cannot be kept: {words}"));
            assert_eq!(failure.os_errno, os_errno);
            let failure = copy(listed(), |_| os_error(os_errno), absent, |_, _| Ok(())).err().unwrap();
            assert_eq!(failure.reason, format!(r"its attribute user.\xffa cannot be read: {words}"));
        }
    }
}
