//go:build linux

package capi

// #include "calls.h"
import "C"

import (
	"context"
	"path/filepath"
	"runtime"
	"unsafe"
)

// Options are what a client is made with. Zero is the library's default for each.
type Options struct {
	Socket        string
	ConfigDir     string
	ZinitBinary   string
	IOTimeoutMs   int64
	MaxReplyBytes uint64
	SteadyMs      int64
	IsSteadyOff   bool
	Protocol      int32
	StopOrder     int32
}

// Client is a daemon to talk to. The garbage collector frees it.
type Client struct {
	handle    *C.zinit_client
	configDir string
}

// NewClient makes a client. It does no I/O.
func NewClient(options Options) (*Client, error) {
	handle := C.zinit_options_new()
	defer C.zinit_options_free(handle)
	for _, path := range []struct {
		value string
		set   func(*C.char, **C.zinit_error) C.zinit_code
	}{
		{options.Socket, func(path *C.char, err **C.zinit_error) C.zinit_code {
			return C.zinit_options_set_socket_path(handle, path, err)
		}},
		{options.ConfigDir, func(path *C.char, err **C.zinit_error) C.zinit_code {
			return C.zinit_options_set_config_dir(handle, path, err)
		}},
		{options.ZinitBinary, func(path *C.char, err **C.zinit_error) C.zinit_code {
			return C.zinit_options_set_zinit_binary(handle, path, err)
		}},
	} {
		value, err := optionalText(path.value)
		if err != nil {
			return nil, err
		}
		var failed *C.zinit_error
		if value != nil && path.set(value, &failed) != OK {
			return nil, failure(failed)
		}
	}
	var failed *C.zinit_error
	if options.IOTimeoutMs != 0 &&
		C.zinit_options_set_io_timeout_ms(handle, C.int64_t(options.IOTimeoutMs), &failed) != OK {
		return nil, failure(failed)
	}
	if options.MaxReplyBytes != 0 &&
		C.zinit_options_set_max_reply_bytes(handle, C.uint64_t(options.MaxReplyBytes), &failed) != OK {
		return nil, failure(failed)
	}
	if options.IsSteadyOff {
		options.SteadyMs = 0
	}
	if (options.SteadyMs != 0 || options.IsSteadyOff) &&
		C.zinit_options_set_steady_ms(handle, C.int64_t(options.SteadyMs), &failed) != OK {
		return nil, failure(failed)
	}
	if C.zinit_options_set_protocol(handle, C.int32_t(options.Protocol), &failed) != OK {
		return nil, failure(failed)
	}
	if C.zinit_options_set_stop_order(handle, C.int32_t(options.StopOrder), &failed) != OK {
		return nil, failure(failed)
	}
	client := &Client{configDir: options.ConfigDir}
	if client.configDir == "" {
		client.configDir = "/etc/zinit"
	}
	if C.zinit_client_with_options(handle, &client.handle, &failed) != OK {
		return nil, failure(failed)
	}
	runtime.SetFinalizer(client, func(client *Client) { C.zinit_client_free(client.handle) })
	return client, nil
}

// AddService writes a service's file, or has the daemon do it.
func (c *Client) AddService(ctx context.Context, name string, service Service) error {
	return c.Do(ctx, C.OPERATION_ADD_SERVICE, name, Arguments{Service: &service})
}

// RemoveService removes a service's file, or has the daemon do it.
func (c *Client) RemoveService(ctx context.Context, name string) error {
	return c.Do(ctx, C.OPERATION_REMOVE_SERVICE, name, Arguments{})
}

// LoadService reads a service's file, or asks the daemon for it.
func (c *Client) LoadService(ctx context.Context, name string) (Service, error) {
	if ctx.Err() != nil {
		return Service{}, of(cancelled(ctx), name)
	}
	request, err := c.begin(C.OPERATION_LOAD_SERVICE, name, Arguments{})
	if err != nil {
		return Service{}, err
	}
	defer request.free()
	if err := request.run(ctx); err != nil {
		return Service{}, of(err, name)
	}
	shortCalls.enter()
	defer shortCalls.leave()
	definition := C.zinit_request_service(request.handle)
	service, err := readFile(definition, filepath.Join(c.configDir, name+".yaml"))
	return service, of(err, name)
}

// done is the end of every call with the client: until here the garbage collector must not free it.
func (c *Client) done(code C.zinit_code, failed *C.zinit_error) error {
	runtime.KeepAlive(c)
	if code != OK {
		return failure(failed)
	}
	return nil
}

// first is where an array begins; NULL for an empty one.
func first(array []*C.char) **C.char {
	return unsafe.SliceData(array)
}
