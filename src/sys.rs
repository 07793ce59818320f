//! The system calls as small safe functions: close-on-exec, no SIGPIPE, no EINTR.
#![allow(unsafe_code)]
// The system's integer types, each wide enough for what is put into it here.
#![allow(clippy::cast_lossless, clippy::cast_possible_truncation, clippy::cast_possible_wrap)]

use std::ffi::{CStr, CString, OsString, c_char, c_int};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{mem, ptr};

/// The longest path of a socket, its NUL not counted.
pub const SOCKET_PATH_MAX: usize = 107;

/// A new stream socket, connected to `path`. Never waits: `EAGAIN` says that the daemon's backlog is full.
pub fn connect(path: &Path) -> io::Result<OwnedFd> {
    let (address, length) = socket_address(path)?;
    let flags = libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: takes no pointer.
    let socket = owned(unsafe { libc::socket(libc::AF_UNIX, flags, 0) })?;
    retry(|| {
        // SAFETY: `address` lives for the call, and `length` is within it.
        unsafe { libc::connect(socket.as_raw_fd(), (&raw const address).cast(), length) as isize }
    })?;
    Ok(socket)
}

/// The effective user id of the process behind a connected unix socket, as it was when it began to listen.
pub fn peer_user(socket: BorrowedFd<'_>) -> io::Result<u32> {
    let mut peer = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut length = size_of_val(&peer) as libc::socklen_t;
    let (level, option) = (libc::SOL_SOCKET, libc::SO_PEERCRED);
    // SAFETY: `peer` is writable for `length` bytes, and `length` itself is writable.
    let result = unsafe {
        let value = (&raw mut peer).cast();
        libc::getsockopt(socket.as_raw_fd(), level, option, value, &raw mut length)
    };
    checked(result as isize).map(|_| peer.uid)
}

/// The path that the process behind a connected unix socket has bound it to, as that process wrote it.
pub fn peer_path(socket: BorrowedFd<'_>) -> io::Result<PathBuf> {
    // SAFETY: all zeros is a valid sockaddr_un: integers only.
    let mut address: libc::sockaddr_un = unsafe { mem::zeroed() };
    let mut length = size_of_val(&address) as libc::socklen_t;
    // SAFETY: `address` is writable for `length` bytes, and `length` itself is writable.
    let result = unsafe { libc::getpeername(socket.as_raw_fd(), (&raw mut address).cast(), &raw mut length) };
    checked(result as isize)?;
    let path = address
        .sun_path
        .iter()
        .map(|byte| u8::from_ne_bytes(byte.to_ne_bytes()))
        .take_while(|byte| *byte != 0);
    Ok(PathBuf::from(OsString::from_vec(path.collect())))
}

/// The effective user id of this thread.
pub fn effective_user() -> u32 {
    // SAFETY: takes no pointer, and cannot fail.
    unsafe { libc::geteuid() }
}

/// Makes this thread alone, and not its process, another user's.
#[cfg(test)]
pub fn become_user(user: u32) -> io::Result<()> {
    let same = -1_i32;
    // SAFETY: takes no pointer.
    let result = unsafe { libc::syscall(libc::SYS_setresuid, same, user, same) };
    checked(result as isize).map(|_| ())
}

/// Has a listening socket keep only so many connections that nobody has accepted, and one more.
#[cfg(test)]
pub fn limit_backlog(listener: BorrowedFd<'_>, length: c_int) -> io::Result<()> {
    // SAFETY: takes no pointer.
    checked(unsafe { libc::listen(listener.as_raw_fd(), length) } as isize).map(|_| ())
}

fn socket_address(path: &Path) -> io::Result<(libc::sockaddr_un, libc::socklen_t)> {
    let bytes = path.as_os_str().as_bytes();
    if bytes.len() > SOCKET_PATH_MAX || bytes.contains(&0) {
        return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
    }
    // SAFETY: all zeros is a valid sockaddr_un: integers only.
    let mut address: libc::sockaddr_un = unsafe { mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    for (to, from) in address.sun_path.iter_mut().zip(bytes) {
        *to = *from as c_char;
    }
    Ok((address, size_of_val(&address) as libc::socklen_t))
}

/// Sends what fits; a peer that is gone is `EPIPE`, not a signal.
pub fn send(socket: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    retry(|| {
        // SAFETY: `bytes` is readable for its length.
        unsafe { libc::send(socket.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), libc::MSG_NOSIGNAL) }
    })
}

/// Receives into the space that `buffer` has left, and appends; `Ok(0)` is the end of the stream, or no
/// space.
pub fn receive(socket: BorrowedFd<'_>, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let space = buffer.spare_capacity_mut();
    let (start, length) = (space.as_mut_ptr(), space.len());
    let received = retry(|| {
        // SAFETY: `start` is writable for `length` bytes.
        unsafe { libc::recv(socket.as_raw_fd(), start.cast(), length, 0) }
    })?;
    // SAFETY: the kernel wrote `received` bytes, at most `length`, behind the bytes that were there.
    unsafe { buffer.set_len(buffer.len() + received) };
    Ok(received)
}

/// Waits until one of `descriptors` can be read, or `timeout` has passed (`None`: for ever). Says which can
/// be read; none of them after the timeout, and also where a signal cut the wait short.
pub fn wait_readable<const N: usize>(
    descriptors: [Option<BorrowedFd<'_>>; N],
    timeout: Option<Duration>,
) -> io::Result<[bool; N]> {
    let mut polled = descriptors.map(|descriptor| libc::pollfd {
        // poll(2) passes over a negative descriptor.
        fd: descriptor.map_or(-1, |descriptor| descriptor.as_raw_fd()),
        events: libc::POLLIN,
        revents: 0,
    });
    let timeout = timeout.map(timespec);
    let timeout = timeout.as_ref().map_or(ptr::null(), |timeout| &raw const *timeout);
    // SAFETY: `polled` is writable for N entries; `timeout` is NULL or readable for the call.
    let ready = unsafe { libc::ppoll(polled.as_mut_ptr(), N as libc::nfds_t, timeout, ptr::null()) };
    match checked(ready as isize) {
        Ok(_) => Ok(polled.map(|polled| polled.revents != 0)),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok([false; N]),
        Err(error) => Err(error),
    }
}

/// A descriptor that becomes readable, and stays so, when [`set_event`] is called on it.
pub fn event() -> io::Result<OwnedFd> {
    // SAFETY: takes no pointer.
    owned(unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) })
}

/// Makes an event's descriptor readable. May be called in a signal handler; errno stays as it was.
pub fn set_event(event: BorrowedFd<'_>) {
    // SAFETY: gives the address of this thread's errno, valid as long as the thread.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let before = unsafe { *errno };
    let one = 1_u64;
    // A full counter, the only way to fail, is as readable as any.
    // SAFETY: `one` is readable for its 8 bytes.
    unsafe { libc::write(event.as_raw_fd(), (&raw const one).cast(), size_of_val(&one)) };
    // SAFETY: as above.
    unsafe { *errno = before };
}

/// Makes an event's descriptor unreadable again.
pub fn reset_event(event: BorrowedFd<'_>) {
    let mut count = 0_u64;
    // An event that is not set, the only way to fail, needs no more.
    // SAFETY: `count` is writable for its 8 bytes.
    unsafe { libc::read(event.as_raw_fd(), (&raw mut count).cast(), size_of_val(&count)) };
}

/// A descriptor that is readable while one of those added to it is.
pub fn epoll() -> io::Result<OwnedFd> {
    // SAFETY: takes no pointer.
    owned(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })
}

/// Adds a descriptor, to be waited for until it is readable. [`epoll_wait`] gives `key` for it.
pub fn epoll_add(epoll: BorrowedFd<'_>, descriptor: BorrowedFd<'_>, key: u64) -> io::Result<()> {
    epoll_control(epoll, libc::EPOLL_CTL_ADD, descriptor, READABLE, key)
}

/// As [`epoll_add`], but once it was readable, it is waited for only after [`epoll_again`].
pub fn epoll_add_once(epoll: BorrowedFd<'_>, descriptor: BorrowedFd<'_>, key: u64) -> io::Result<()> {
    epoll_control(epoll, libc::EPOLL_CTL_ADD, descriptor, READABLE_ONCE, key)
}

/// Waits again for a descriptor that [`epoll_add_once`] has added.
pub fn epoll_again(epoll: BorrowedFd<'_>, descriptor: BorrowedFd<'_>, key: u64) -> io::Result<()> {
    epoll_control(epoll, libc::EPOLL_CTL_MOD, descriptor, READABLE_ONCE, key)
}

const READABLE: u32 = libc::EPOLLIN as u32;
const READABLE_ONCE: u32 = (libc::EPOLLIN | libc::EPOLLONESHOT) as u32;

fn epoll_control(
    epoll: BorrowedFd<'_>,
    operation: c_int,
    descriptor: BorrowedFd<'_>,
    events: u32,
    key: u64,
) -> io::Result<()> {
    let mut event = libc::epoll_event { events, u64: key };
    // SAFETY: `event` is readable for the call.
    let result =
        unsafe { libc::epoll_ctl(epoll.as_raw_fd(), operation, descriptor.as_raw_fd(), &raw mut event) };
    checked(result as isize).map(|_| ())
}

/// Gives the keys of descriptors that are readable, without waiting.
pub fn epoll_wait<'a, const N: usize>(
    epoll: BorrowedFd<'_>,
    keys: &'a mut [u64; N],
) -> io::Result<&'a [u64]> {
    let mut events = [libc::epoll_event { events: 0, u64: 0 }; N];
    let count = retry(|| {
        // SAFETY: `events` is writable for N entries.
        let count = unsafe { libc::epoll_wait(epoll.as_raw_fd(), events.as_mut_ptr(), N as c_int, 0) };
        count as isize
    })?;
    for (key, event) in keys.iter_mut().zip(events) {
        *key = event.u64;
    }
    Ok(keys.get(..count).unwrap_or_default())
}

/// Takes a descriptor out again.
pub fn epoll_remove(epoll: BorrowedFd<'_>, descriptor: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: NULL is allowed for the event since Linux 2.6.9.
    let result = unsafe {
        libc::epoll_ctl(epoll.as_raw_fd(), libc::EPOLL_CTL_DEL, descriptor.as_raw_fd(), ptr::null_mut())
    };
    checked(result as isize).map(|_| ())
}

/// A descriptor that becomes readable, and stays so, at the time that it is set to.
pub fn timer() -> io::Result<OwnedFd> {
    let flags = libc::TFD_NONBLOCK | libc::TFD_CLOEXEC;
    // SAFETY: takes no pointer.
    owned(unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, flags) })
}

/// Sets a timer anew, or off; it is not readable until then.
pub fn set_timer(timer: BorrowedFd<'_>, from_now: Option<Duration>) -> io::Result<()> {
    // Nothing at all turns it off.
    let value = timespec(from_now.map_or(Duration::ZERO, |from_now| from_now.max(Duration::from_nanos(1))));
    let setting = libc::itimerspec { it_interval: timespec(Duration::ZERO), it_value: value };
    // SAFETY: `setting` is readable for the call; NULL is allowed for the former setting.
    let result = unsafe { libc::timerfd_settime(timer.as_raw_fd(), 0, &raw const setting, ptr::null_mut()) };
    checked(result as isize).map(|_| ())
}

/// Makes reads from a descriptor return at once.
pub fn set_nonblocking(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: takes no pointer.
    let flags = checked(unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_GETFL) } as isize)?;
    let flags = flags as c_int | libc::O_NONBLOCK;
    // SAFETY: takes no pointer.
    checked(unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_SETFL, flags) } as isize)?;
    Ok(())
}

/// The names of the extended attributes of a file that this process may see; of a symbolic link its own.
pub fn attributes(path: &Path) -> io::Result<Vec<CString>> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let list = sized(|start, length| {
        // SAFETY: `path` ends with NUL; `start` is writable for `length` bytes, or NULL with a length of 0.
        unsafe { libc::llistxattr(path.as_ptr(), start, length) }
    })?;
    // Each name has a NUL behind it.
    let names = list.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names.map(|name| CString::new(name).map_err(io::Error::from)).collect()
}

/// The value of an extended attribute; `ENODATA` says that there is none of this name.
pub fn attribute(path: &Path, name: &CStr) -> io::Result<Vec<u8>> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    sized(|start, length| {
        // SAFETY: both texts end with NUL; `start` is writable for `length` bytes, or NULL with a length of 0.
        unsafe { libc::lgetxattr(path.as_ptr(), name.as_ptr(), start.cast(), length) }
    })
}

/// Sets an extended attribute, whether it is there or not.
pub fn set_attribute(file: BorrowedFd<'_>, name: &CStr, value: &[u8]) -> io::Result<()> {
    let set = retry(|| {
        // SAFETY: `name` ends with NUL; `value` is readable for its length.
        let result = unsafe {
            libc::fsetxattr(file.as_raw_fd(), name.as_ptr(), value.as_ptr().cast(), value.len(), 0)
        };
        result as isize
    });
    set.map(|_| ())
}

/// Removes an extended attribute.
pub fn remove_attribute(file: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
    // SAFETY: `name` ends with NUL.
    retry(|| unsafe { libc::fremovexattr(file.as_raw_fd(), name.as_ptr()) } as isize).map(|_| ())
}

/// Takes a file's lock, flock(2), without waiting: `EWOULDBLOCK` says that another has it. It is given back
/// when the file is closed, or its process ends.
pub fn lock(file: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: takes no pointer.
    retry(|| unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } as isize).map(|_| ())
}

/// What a call writes that says how long it is when it is given no space.
fn sized(mut call: impl FnMut(*mut c_char, usize) -> isize) -> io::Result<Vec<u8>> {
    loop {
        let length = retry(|| call(ptr::null_mut(), 0))?;
        let mut bytes = vec![0_u8; length];
        // No space would ask for the length again.
        if length == 0 {
            return Ok(bytes);
        }
        match retry(|| call(bytes.as_mut_ptr().cast(), length)) {
            // It has grown since.
            Err(error) if error.raw_os_error() == Some(libc::ERANGE) => {}
            Err(error) => return Err(error),
            Ok(length) => {
                bytes.truncate(length);
                return Ok(bytes);
            }
        }
    }
}

/// Holds back a thread's cancellation (`pthread_cancel`) until dropped: it would unwind through Rust frames,
/// which aborts the process.
pub struct CancellationHeldBack(c_int);

/// Holds back the calling thread's cancellation from here on.
pub fn hold_back_cancellation() -> CancellationHeldBack {
    let mut before = 0;
    // SAFETY: `before` is writable. The call fails for no value that is given here.
    unsafe { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &raw mut before) };
    CancellationHeldBack(before)
}

impl Drop for CancellationHeldBack {
    fn drop(&mut self) {
        // SAFETY: NULL is allowed for the former state by glibc and musl.
        unsafe { pthread_setcancelstate(self.0, ptr::null_mut()) };
    }
}

// The libc crate has neither for Linux; the number is that of glibc and musl.
const PTHREAD_CANCEL_DISABLE: c_int = 1;
unsafe extern "C" {
    fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
}

fn timespec(duration: Duration) -> libc::timespec {
    // Where time has 32 bits, no more seconds can be said: 68 years.
    let seconds = duration.as_secs().min(i32::MAX as u64);
    libc::timespec { tv_sec: seconds as _, tv_nsec: duration.subsec_nanos() as _ }
}

/// A child process.
pub struct Child {
    id: libc::pid_t,
    has_ended: bool,
}

/// Runs a program with one argument; it is looked for in PATH where it has no slash. Gives the end of a pipe
/// from which its output can be read, without waiting. It has no input, and what it says of errors is lost.
pub fn spawn(program: &CStr, argument: &CStr) -> io::Result<(Child, OwnedFd)> {
    let (output, printed) = pipe()?;
    set_nonblocking(output.as_fd())?;
    let null = c"/dev/null".as_ptr();
    let arguments = [program.as_ptr().cast_mut(), argument.as_ptr().cast_mut(), ptr::null_mut()];
    let mut id = 0;
    // SAFETY: integers and pointers only; it is initialised below.
    let mut files: libc::posix_spawn_file_actions_t = unsafe { mem::zeroed() };
    // SAFETY: `files` is writable, and lives until it is destroyed below. The output comes first, for it may
    // have one of the other two numbers.
    let prepared = unsafe {
        [
            libc::posix_spawn_file_actions_init(&raw mut files),
            libc::posix_spawn_file_actions_adddup2(&raw mut files, printed.as_raw_fd(), libc::STDOUT_FILENO),
            libc::posix_spawn_file_actions_addopen(
                &raw mut files,
                libc::STDIN_FILENO,
                null,
                libc::O_RDONLY,
                0,
            ),
            libc::posix_spawn_file_actions_addopen(
                &raw mut files,
                libc::STDERR_FILENO,
                null,
                libc::O_WRONLY,
                0,
            ),
        ]
    };
    let mut error = prepared.into_iter().find(|error| *error != 0).unwrap_or(0);
    if error == 0 {
        let program = program.as_ptr();
        // SAFETY: `id` is writable; all else lives for the call, and the two lists end with NULL.
        error = unsafe {
            libc::posix_spawnp(
                &raw mut id,
                program,
                &raw const files,
                ptr::null(),
                arguments.as_ptr(),
                environ,
            )
        };
    }
    // SAFETY: it was initialised above, and is used no more.
    unsafe { libc::posix_spawn_file_actions_destroy(&raw mut files) };
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error));
    }
    Ok((Child { id, has_ended: false }, output))
}

impl Child {
    /// Whether it has ended; then it is reaped. One that is another's to reap has ended, for all that can be
    /// told.
    pub fn has_ended(&mut self) -> bool {
        if !self.has_ended {
            // SAFETY: takes no status.
            self.has_ended = unsafe { libc::waitpid(self.id, ptr::null_mut(), libc::WNOHANG) } != 0;
        }
        self.has_ended
    }

    /// Ends it, unless it has ended by itself.
    pub fn kill(&self) {
        if !self.has_ended {
            // SAFETY: takes no pointer. As long as it is not reaped, the number is no other's.
            unsafe { libc::kill(self.id, libc::SIGKILL) };
        }
    }
}

// The environment of this process, which the libc crate has not for Linux.
unsafe extern "C" {
    static environ: *const *mut c_char;
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [-1; 2];
    // SAFETY: `ends` is writable for two descriptors.
    checked(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } as isize)?;
    let [read, write] = ends;
    Ok((owned(read)?, owned(write)?))
}

fn owned(descriptor: c_int) -> io::Result<OwnedFd> {
    checked(descriptor as isize)?;
    // SAFETY: the kernel has just given this descriptor to us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

fn checked(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

fn retry(mut call: impl FnMut() -> isize) -> io::Result<usize> {
    loop {
        match checked(call()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
