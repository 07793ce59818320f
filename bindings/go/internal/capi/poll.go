//go:build linux

package capi

// #include "calls.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// Whatever waits for the daemon is here, in queue.go and in stream.go. A goroutine that waits takes no thread: the library
// gives the queue of all requests, and each stream, one descriptor that is readable when there is something to do, and Go's
// netpoller waits for it beside its own sockets.

// A poller is such a descriptor under the netpoller.
type poller struct {
	file *os.File
	raw  syscall.RawConn
}

// newPoller takes a copy, because an os.File closes what it was made of.
func newPoller(descriptor C.int32_t) (poller, error) {
	number, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(descriptor), syscall.F_DUPFD_CLOEXEC, 0)
	if errno != 0 {
		return poller{}, systemError("copying a descriptor", errno)
	}
	if err := syscall.SetNonblock(int(number), true); err != nil {
		_ = syscall.Close(int(number))
		return poller{}, systemError("preparing a descriptor", err)
	}
	file := os.NewFile(number, "zinit stream")
	raw, err := file.SyscallConn()
	if err != nil {
		_ = file.Close()
		return poller{}, systemError("waiting for a descriptor", err)
	}
	return poller{file: file, raw: raw}, nil
}

func (p poller) close() {
	_ = p.file.Close()
}

// setDeadline fails only where the descriptor is closed, which Read tells, too.
func (p poller) setDeadline(deadline time.Time) {
	_ = p.file.SetReadDeadline(deadline)
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// wait calls step at once, and whenever the descriptor is readable, until step says that it is over. It gives up when the
// context ends.
//
// The step at once must be: the netpoller is edge-triggered, and what became readable before Read is forgotten by it.
func (p poller) wait(ctx context.Context, step func() bool) error {
	// A deadline outlives a wait, and a stream is waited for many times.
	if ctx.Done() != nil {
		p.setDeadline(time.Time{})
		stop := context.AfterFunc(ctx, func() { p.setDeadline(past) })
		defer stop()
	}
	for {
		// Behind every reset of the deadline: from here on, the end of the context sets it again.
		if ctx.Err() != nil {
			return cancelled(ctx)
		}
		err := p.raw.Read(func(uintptr) bool { return step() })
		switch {
		case err == nil:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			// If the context has not ended, the end of one before this has set the deadline late.
			p.setDeadline(time.Time{})
		default:
			return systemError("waiting for the daemon", err)
		}
	}
}

// cancelled is the error of a call that the end of its context has ended.
func cancelled(ctx context.Context) *Error {
	cause := context.Cause(ctx)
	return &Error{
		Code: Cancelled, Cause: cause, ContextErr: ctx.Err(),
		Message: fmt.Sprintf("cancelled by the caller (%v); commands that were sent before are not undone", cause),
	}
}

func systemError(what string, err error) *Error {
	failed := &Error{Code: IO, Message: fmt.Sprintf("%s failed: %v", what, err)}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		failed.Errno = int32(errno)
	}
	return failed
}

// A request is one operation under way.
type request struct {
	operation C.int
	handle    *C.zinit_request
	// code is Pending until the request is over.
	code   C.zinit_code
	failed *C.zinit_error
	// queue is the one that it is in, if it is, and news comes from there.
	queue     *queue
	news      chan struct{}
	joinError error
	// isBeforeFile tells that the next dispatch reads or writes service files.
	isBeforeFile bool
	// isSent tells that a command may have gone out.
	isSent bool
	// holdsFile tells that there may be a file that freeing the request removes.
	holdsFile bool
}

// newRequest is the end of every function that begins an operation. The caller holds a place.
func newRequest(operation C.int, begun *C.struct_begun) (*request, error) {
	if begun.code != OK {
		return nil, failure(begun.error)
	}
	request := &request{
		operation: operation, handle: begun.request, code: begun.outcome, failed: begun.error,
		isBeforeFile: begun.is_before_file != 0,
	}
	// The library sends the first command when the request is begun, unless something must be known before.
	request.isSent = !request.isBeforeFile && operation != C.OPERATION_VERSION && operation != C.OPERATION_SHUTDOWN
	// While the caller holds a place, anyhow.
	request.joinError = request.join()
	return request, nil
}

// run waits for the end of an operation. Whatever comes of it, the caller frees the request.
func (r *request) run(ctx context.Context) error {
	code, failed, err := r.code, r.failed, r.joinError
	if code == Pending && r.isBeforeFile && err == nil {
		// Before it joins the queue: then it comes from there only when the daemon has answered.
		if code, failed, err = r.dispatch(ctx); code == Pending && err == nil {
			shortCalls.enter()
			err = r.join()
			shortCalls.leave()
		}
	}
	if code == Pending && err == nil {
		code, failed, err = r.wait(ctx)
	}
	switch {
	case err != nil:
		if failed, ok := err.(*Error); ok {
			// It may be that of all requests.
			own := *failed
			own.RequestSent = r.isSent
			return &own
		}
		return err
	case code != OK:
		return failure(failed)
	}
	return nil
}

// dispatch goes on until there is something to wait for, or the context ends while it waits for its turn at the disk.
func (r *request) dispatch(ctx context.Context) (code C.zinit_code, failed *C.zinit_error, err error) {
	for {
		places := shortCalls
		if r.isBeforeFile {
			places = fileCalls
			if enterFileCallUnless(ctx) != nil {
				return Pending, nil, cancelled(ctx)
			}
			r.holdsFile = r.operation == Deploy || r.operation == C.OPERATION_ADD_SERVICE
		} else {
			places.enter()
		}
		var isBeforeFile C.int32_t
		code = C.dispatch(r.handle, &isBeforeFile, &failed)
		places.leave()
		r.isBeforeFile = isBeforeFile != 0
		r.isSent = r.operation != C.OPERATION_VERSION
		// What it had prepared is in place then.
		r.holdsFile = r.holdsFile && code != OK
		if code != Pending || !r.isBeforeFile {
			return code, failed, nil
		}
	}
}

func (r *request) free() {
	if r.queue != nil {
		r.queue.forget(r)
	}
	if isShort(r.operation) {
		shortCallsUnderWay.Add(-1)
	}
	if r.holdsFile {
		enterFileCall()
		defer fileCalls.leave()
	} else {
		shortCalls.enter()
		defer shortCalls.leave()
	}
	C.zinit_request_free(r.handle)
}

// A call that asks one question and waits for nothing else ends soon. Where no other one is under way, its goroutine waits
// this long inside the library: this costs less than the way over the queue. One goroutine at a time: it occupies a thread.
const momentMs = 2

var shortCallsUnderWay atomic.Int32

func isShort(operation C.int) bool {
	switch operation {
	case C.OPERATION_LIST, C.OPERATION_STATUS, C.OPERATION_PROTOCOL, C.OPERATION_START, C.OPERATION_STOP,
		C.OPERATION_MONITOR, C.OPERATION_FORGET, C.OPERATION_KILL:
		return true
	}
	return false
}

// The operations on one service.
const (
	Start     = C.OPERATION_START
	Stop      = C.OPERATION_STOP
	Monitor   = C.OPERATION_MONITOR
	Forget    = C.OPERATION_FORGET
	Kill      = C.OPERATION_KILL
	StartWait = C.OPERATION_START_WAIT
	StopWait  = C.OPERATION_STOP_WAIT
	Restart   = C.OPERATION_RESTART
	Deploy    = C.OPERATION_DEPLOY
	Reload    = C.OPERATION_RELOAD
)

// The operations on the daemon's HTTP server.
const (
	StartHTTPServer = C.OPERATION_START_HTTP_SERVER
	StopHTTPServer  = C.OPERATION_STOP_HTTP_SERVER
)

// The operations on a group of services.
const (
	StartMultiple   = C.OPERATION_START_MULTIPLE
	StopMultiple    = C.OPERATION_STOP_MULTIPLE
	RestartMultiple = C.OPERATION_RESTART_MULTIPLE
	Destroy         = C.OPERATION_DESTROY
)

// Arguments are those of an operation besides the name; each takes what it needs.
type Arguments struct {
	Signal            string
	Address           string
	Service           *Service
	FirstMs, SecondMs int64
}

func (c *Client) begin(operation C.int, name string, arguments Arguments) (begun *request, err error) {
	nameText, err := nameText(name)
	if err != nil {
		return nil, err
	}
	signal, err := text(arguments.Signal)
	if err != nil {
		return nil, &Error{Code: InvalidSignal, Service: name, Message: fmt.Sprintf("invalid signal %q", arguments.Signal)}
	}
	address, err := text(arguments.Address)
	if err != nil {
		return nil, err
	}
	moment := 0
	if isShort(operation) {
		if shortCallsUnderWay.Add(1) == 1 {
			moment = momentMs
		}
		defer func() {
			if err != nil {
				shortCallsUnderWay.Add(-1)
			}
		}()
	}
	shortCalls.enter()
	defer shortCalls.leave()
	var definition *C.zinit_service
	if arguments.Service != nil {
		if definition, err = arguments.Service.definition(); err != nil {
			return nil, err
		}
		defer C.zinit_service_free(definition)
	}
	var parts C.struct_begun
	C.begin_one(operation, c.handle, nameText, signal, address, definition,
		C.int64_t(arguments.FirstMs), C.int64_t(arguments.SecondMs), C.int64_t(moment), &parts)
	runtime.KeepAlive(c)
	return newRequest(operation, &parts)
}

// Do carries an operation on one service out.
func (c *Client) Do(ctx context.Context, operation int, name string, arguments Arguments) error {
	if ctx.Err() != nil {
		return of(cancelled(ctx), name)
	}
	request, err := c.begin(C.int(operation), name, arguments)
	if err != nil {
		return err
	}
	defer request.free()
	return of(request.run(ctx), name)
}

// of names the service in an error that was made on this side.
func of(err error, name string) error {
	if failed, ok := err.(*Error); ok && failed.Service == "" {
		failed.Service = name
	}
	return err
}

// A NamedState is a service and its state.
type NamedState struct {
	Name  string
	State State
}

// Status is a service at one moment.
type Status struct {
	Name, Target string
	State        State
	Pid          int
	After        []NamedState
}

// Status asks for one service.
func (c *Client) Status(ctx context.Context, name string) (Status, error) {
	if ctx.Err() != nil {
		return Status{}, of(cancelled(ctx), name)
	}
	request, err := c.begin(C.OPERATION_STATUS, name, Arguments{})
	if err != nil {
		return Status{}, err
	}
	defer request.free()
	if err := request.run(ctx); err != nil {
		return Status{}, of(err, name)
	}
	shortCalls.enter()
	defer shortCalls.leave()
	handle := C.zinit_request_status(request.handle)
	var parts C.struct_status_parts
	C.read_status(handle, &parts)
	return statusOf(handle, &parts), nil
}

// Statuses asks for the status of every service. They are sorted by name.
func (c *Client) Statuses(ctx context.Context) ([]Status, error) {
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	request, err := c.begin(C.OPERATION_STATUSES, "", Arguments{})
	if err != nil {
		return nil, err
	}
	defer request.free()
	if err := request.run(ctx); err != nil {
		return nil, err
	}
	shortCalls.enter()
	defer shortCalls.leave()
	list := C.zinit_request_status_list(request.handle)
	length := C.zinit_status_list_len(list)
	if length == 0 {
		return nil, nil
	}
	array := make([]C.struct_status_parts, length)
	C.read_statuses(list, unsafe.SliceData(array), length)
	statuses := make([]Status, length)
	for i := range array {
		statuses[i] = statusOf(C.zinit_status_list_at(list, C.size_t(i)), &array[i])
	}
	return statuses, nil
}

func statusOf(handle *C.zinit_status, parts *C.struct_status_parts) Status {
	status := Status{
		Name: C.GoString(parts.name), State: stateOf(parts.state),
		Target: C.GoString(parts.target), Pid: int(parts.pid),
	}
	if parts.after_len > 0 {
		names, states := make([]*C.char, parts.after_len), make([]C.struct_state_parts, parts.after_len)
		C.read_status_after(handle, first(names), unsafe.SliceData(states), parts.after_len)
		status.After = namedStates(names, states)
	}
	return status
}

// ProcessStats are what a process uses: bytes of memory, and percent of a processor.
type ProcessStats struct {
	Pid    int
	Memory uint64
	CPU    float64
}

// Stats asks what the processes of a service use.
func (c *Client) Stats(ctx context.Context, name string) (process ProcessStats, children []ProcessStats, err error) {
	if ctx.Err() != nil {
		return ProcessStats{}, nil, of(cancelled(ctx), name)
	}
	request, err := c.begin(C.OPERATION_STATS, name, Arguments{})
	if err != nil {
		return ProcessStats{}, nil, err
	}
	defer request.free()
	if err := request.run(ctx); err != nil {
		return ProcessStats{}, nil, of(err, name)
	}
	shortCalls.enter()
	defer shortCalls.leave()
	handle := C.zinit_request_stats(request.handle)
	var parts C.struct_process_parts
	C.read_stats(handle, &parts)
	if length := C.zinit_stats_child_len(handle); length > 0 {
		array := make([]C.struct_process_parts, length)
		C.read_stats_children(handle, unsafe.SliceData(array), length)
		for _, child := range array {
			children = append(children, processStats(child))
		}
	}
	return processStats(parts), children, nil
}

func processStats(parts C.struct_process_parts) ProcessStats {
	return ProcessStats{Pid: int(parts.pid), Memory: uint64(parts.memory), CPU: float64(parts.cpu)}
}

// List asks for all services.
func (c *Client) List(ctx context.Context) ([]NamedState, error) {
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	request, err := c.begin(C.OPERATION_LIST, "", Arguments{})
	if err != nil {
		return nil, err
	}
	defer request.free()
	if err := request.run(ctx); err != nil {
		return nil, err
	}
	shortCalls.enter()
	defer shortCalls.leave()
	handle := C.zinit_request_service_list(request.handle)
	length := C.zinit_service_list_len(handle)
	if length == 0 {
		return nil, nil
	}
	names, states := make([]*C.char, length), make([]C.struct_state_parts, length)
	C.read_list(handle, first(names), unsafe.SliceData(states), length)
	return namedStates(names, states), nil
}

func namedStates(names []*C.char, states []C.struct_state_parts) []NamedState {
	result := make([]NamedState, len(names))
	for i := range names {
		result[i] = NamedState{C.GoString(names[i]), stateOf(states[i])}
	}
	return result
}

// Version asks the zinit binary for its version.
func (c *Client) Version(ctx context.Context) (version string, major, minor, patch uint64, err error) {
	if ctx.Err() != nil {
		return "", 0, 0, 0, cancelled(ctx)
	}
	request, err := c.begin(C.OPERATION_VERSION, "", Arguments{})
	if err != nil {
		return "", 0, 0, 0, err
	}
	defer request.free()
	if err := request.run(ctx); err != nil {
		return "", 0, 0, 0, err
	}
	shortCalls.enter()
	defer shortCalls.leave()
	handle := C.zinit_request_daemon_version(request.handle)
	return C.GoString(C.zinit_daemon_version_text(handle)), uint64(C.zinit_daemon_version_major(handle)),
		uint64(C.zinit_daemon_version_minor(handle)), uint64(C.zinit_daemon_version_patch(handle)), nil
}

// Protocol asks the daemon which protocol it speaks.
func (c *Client) Protocol(ctx context.Context) (int32, error) {
	if ctx.Err() != nil {
		return 0, cancelled(ctx)
	}
	request, err := c.begin(C.OPERATION_PROTOCOL, "", Arguments{})
	if err != nil {
		return 0, err
	}
	defer request.free()
	if err := request.run(ctx); err != nil {
		return 0, err
	}
	shortCalls.enter()
	defer shortCalls.leave()
	return int32(C.zinit_request_protocol(request.handle)), nil
}

// Reboot has the machine restarted.
func (c *Client) Reboot(ctx context.Context) error {
	return c.Do(ctx, C.OPERATION_REBOOT, "", Arguments{})
}

// Shutdown has the machine turned off.
func (c *Client) Shutdown(ctx context.Context) error {
	return c.Do(ctx, C.OPERATION_SHUTDOWN, "", Arguments{})
}

// DoGroup carries an operation on several services out. The second time is for those that take two.
func (c *Client) DoGroup(ctx context.Context, operation int, names []string, firstMs, secondMs int64) error {
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	request, err := c.beginGroup(C.int(operation), names, firstMs, secondMs)
	if err != nil {
		return err
	}
	defer request.free()
	err = request.run(ctx)
	if failed, ok := err.(*Error); ok {
		failed.Failures = request.failures()
	}
	return err
}

func (c *Client) beginGroup(operation C.int, names []string, firstMs, secondMs int64) (*request, error) {
	array, pins, err := nameArray(names)
	defer pins.Unpin()
	if err != nil {
		return nil, err
	}
	shortCalls.enter()
	defer shortCalls.leave()
	var begun C.struct_begun
	C.begin_group(operation, c.handle, first(array), C.size_t(len(array)), C.int64_t(firstMs), C.int64_t(secondMs), &begun)
	runtime.KeepAlive(c)
	return newRequest(operation, &begun)
}

// nameArray is names as C has them, which stay where they are until the pins are taken out.
func nameArray(names []string) (array []*C.char, pins *runtime.Pinner, err error) {
	pins = &runtime.Pinner{}
	for _, name := range names {
		nameText, err := nameText(name)
		if err != nil {
			return nil, pins, err
		}
		pins.Pin((*byte)(unsafe.Pointer(nameText)))
		array = append(array, nameText)
	}
	return array, pins, nil
}

// failures are those of a group's services so far.
func (r *request) failures() (failures []*Error) {
	shortCalls.enter()
	defer shortCalls.leave()
	report := C.zinit_request_report(r.handle)
	length := C.zinit_report_len(report)
	for i := C.size_t(0); i < length; i++ {
		if err := C.zinit_report_error(report, i); err != nil {
			failed := errorOf(err)
			failed.Step = int32(C.zinit_report_step(report, i))
			failures = append(failures, failed)
		}
	}
	return failures
}
