# Lists all services, and starts one and waits until it is up. For Ruby's fiddle, by the declarations in zinit_cdef.h.
#
#     ruby zinit.rb NAME [SOCKET]
#
# ZINIT_CDEF is the path of zinit_cdef.h, if it is not /usr/local/share/zinit-client/zinit_cdef.h.
require 'fiddle/import'

module Zinit
  extend Fiddle::Importer
  dlload 'libzinit_client.so.0'
  typealias 'zinit_code', 'int'
  typealias 'int32_t', 'int'
  typealias 'int64_t', 'long'
  typealias 'uint64_t', 'unsigned long'
  File.foreach(ENV.fetch('ZINIT_CDEF', '/usr/local/share/zinit-client/zinit_cdef.h')) do |line|
    case line
    when /^ *(ZINIT_\w+) = (-?\d+),$/ then const_set($1, $2.to_i)
    when /^(?!typedef).*\bzinit_\w+\(.*\);$/ then extern line.delete(';').gsub(/\bconst /, '')
    end
  end

  class Error < StandardError
    attr_reader :code, :service

    def initialize(error)
      @code = Zinit.zinit_code_name(Zinit.zinit_error_code(error)).to_s
      @service = Zinit.text(Zinit.zinit_error_service(error))
      super(Zinit.text(Zinit.zinit_error_message(error)))
    end
  end

  def self.text(pointer)
    pointer.null? ? nil : pointer.to_s.force_encoding(Encoding::UTF_8)
  end

  # Calls a function that has an error as its last parameter.
  def self.check(function, *arguments)
    receiver = Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
    return if public_send(function, *arguments, receiver) >= 0

    error = receiver.ptr
    begin
      raise Error, error
    ensure
      zinit_error_free(error)
    end
  end

  # Calls a function that makes an object, lends the object to the block, and frees it.
  def self.make(function, free, *arguments)
    receiver = Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
    check(function, *arguments, receiver)
    begin
      yield receiver.ptr
    ensure
      public_send(free, receiver.ptr)
    end
  end
end

name, socket_path = ARGV
abort 'usage: ruby zinit.rb NAME [SOCKET]' unless name

begin
  Zinit.make(:zinit_client_new, :zinit_client_free, socket_path) do |client|
    Zinit.make(:zinit_client_list, :zinit_service_list_free, client) do |list|
      Zinit.zinit_service_list_len(list).times do |index|
        # What a getter returns lives as long as the list: it is copied at once.
        state = Zinit.zinit_service_list_state(list, index)
        puts "#{Zinit.text(Zinit.zinit_service_list_name(list, index))}: #{Zinit.text(Zinit.zinit_state_text(state))}"
      end
    end
    # A wait of at most 20 s.
    Zinit.check(:zinit_client_start_wait, client, name, 20_000, nil)
    puts "#{name} is up"
  end
rescue Zinit::Error => error
  abort "#{error.code}: #{error.message}"
end
