// Package zinit talks to the zinit process supervisor: it lists, starts, stops and watches services, reads their
// logs, and reads and writes their files.
//
// It has the whole API of the package github.com/threefoldtech/zosbase/pkg/zinit, name for name, on top of the C library
// libzinit_client. The README says how to change over, and what behaves differently.
//
// # Errors
//
// Failures are of type *Error, which has a code, the service, the daemon's own words, and whether the daemon may have
// acted. Two of them are always the same value, so that they can be compared with ==: ErrUnknownService, from every
// function of one service, and ErrAlreadyMonitored, from Monitor. Anywhere else errors.Is finds them:
//
//	var failed *zinit.Error
//	if errors.As(err, &failed) && failed.Code == zinit.CodeTimeout {
//		log.Printf("%s is still %s", failed.Service, failed.State.String())
//	}
//
// # Times
//
// A timeout of 0 is no wait: the command is sent and that is all. Where the call must outlive the stop (Restart, Deploy,
// Destroy) it is no grace: the process is killed at once. NoLimit waits for ever, and never kills. A time below 0, as the
// rest of a deadline that is over, counts as the shortest there is. Times are rounded up to whole milliseconds.
//
// A Client may be used by any number of goroutines at once. One that waits takes no thread.
package zinit
