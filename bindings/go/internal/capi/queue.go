//go:build linux

package capi

// #include "calls.h"
import "C"

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// All requests that do not end at once are in one queue of the library: one descriptor, which the netpoller waits for, and
// one goroutine, which tells the owner of a request that there is something to do. Only the owner dispatches and frees it.
type queue struct {
	handle *C.zinit_queue
	file   *os.File

	mutex sync.Mutex
	// owned are the requests that are in the queue. The queue may still name one that was freed meanwhile.
	owned map[*C.zinit_request]*request
	// broken is why nobody takes the requests further any more; nil as long as somebody does.
	broken atomic.Pointer[Error]
}

var (
	theQueue      atomic.Pointer[queue]
	theQueueMutex sync.Mutex
)

// useQueue makes the queue at its first use, and again after a failure.
func useQueue() (*queue, error) {
	if made := theQueue.Load(); made != nil {
		return made, nil
	}
	theQueueMutex.Lock()
	defer theQueueMutex.Unlock()
	if made := theQueue.Load(); made != nil {
		return made, nil
	}
	made, err := newQueue()
	if err == nil {
		theQueue.Store(made)
	}
	return made, err
}

func newQueue() (*queue, error) {
	var handle *C.zinit_queue
	var failed *C.zinit_error
	if C.zinit_queue_new(&handle, &failed) != OK {
		return nil, failure(failed)
	}
	// A slow disk must not delay the requests that need no file.
	C.zinit_queue_set_leaves_files(handle, 1)
	descriptor := int(C.zinit_queue_fd(handle))
	// The netpoller takes only such a descriptor.
	if err := syscall.SetNonblock(descriptor, true); err != nil {
		C.zinit_queue_free(handle)
		return nil, systemError("preparing a descriptor", err)
	}
	// It belongs to the library. Both live as long as the program.
	made := &queue{
		handle: handle, file: os.NewFile(uintptr(descriptor), "zinit queue"),
		owned: make(map[*C.zinit_request]*request),
	}
	raw, err := made.file.SyscallConn()
	if err != nil {
		return nil, systemError("waiting for a descriptor", err)
	}
	go func() {
		err := raw.Read(func(uintptr) bool { return made.next() })
		made.breakWith(systemError("waiting for the daemon", err))
	}()
	return made, nil
}

// next tells the owners of all requests for which there is something to do. Whether it has failed.
func (q *queue) next() bool {
	var requests [64]*C.zinit_request
	for {
		var code C.zinit_code
		var failed *C.zinit_error
		// Together with the look at the owners: in between, one could be freed, and a new one have its address.
		q.mutex.Lock()
		length := C.next_requests(q.handle, unsafe.SliceData(requests[:]), C.size_t(len(requests)), &code, &failed)
		for _, handle := range requests[:length] {
			if request := q.owned[handle]; request != nil {
				request.wake()
			}
		}
		q.mutex.Unlock()
		switch code {
		case OK:
		case Pending:
			return false
		default:
			defer C.zinit_error_free(failed)
			q.breakWith(errorOf(failed))
			return true
		}
	}
}

// breakWith ends all requests: nobody takes them further any more.
func (q *queue) breakWith(err *Error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.broken.CompareAndSwap(nil, err)
	theQueue.CompareAndSwap(q, nil)
	for _, request := range q.owned {
		request.wake()
	}
}

// add puts a request into the queue; the caller holds a place, for it may wait for a lock. The owner must be known before:
// the goroutine can get the request at once.
func (q *queue) add(r *request) error {
	q.mutex.Lock()
	if err := q.broken.Load(); err != nil {
		q.mutex.Unlock()
		return err
	}
	q.owned[r.handle] = r
	q.mutex.Unlock()
	r.queue = q
	var failed *C.zinit_error
	if C.zinit_queue_add(q.handle, r.handle, &failed) != OK {
		return failure(failed)
	}
	return nil
}

// forget comes before a request is freed.
func (q *queue) forget(r *request) {
	q.mutex.Lock()
	delete(q.owned, r.handle)
	q.mutex.Unlock()
}

// wake tells the owner to look.
func (r *request) wake() {
	select {
	case r.news <- struct{}{}:
	default:
		// It has been told already, and has not looked yet.
	}
}

// join puts a request into the queue, if it needs that and no file comes first. The caller holds a place.
func (r *request) join() error {
	if r.code != Pending || r.isBeforeFile {
		return nil
	}
	queue, err := useQueue()
	if err != nil {
		return err
	}
	r.news = make(chan struct{}, 1)
	return queue.add(r)
}

// wait takes a request that is in the queue further until it is over, or the context ends.
func (r *request) wait(ctx context.Context) (code C.zinit_code, failed *C.zinit_error, err error) {
	for {
		select {
		case <-r.news:
		case <-ctx.Done():
			return Pending, nil, cancelled(ctx)
		}
		if err := r.queue.broken.Load(); err != nil {
			return Pending, nil, err
		}
		r.isBeforeFile = C.zinit_request_is_before_file(r.handle) != 0
		if code, failed, err = r.dispatch(ctx); code != Pending || err != nil {
			return code, failed, err
		}
	}
}
