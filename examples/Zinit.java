/* Lists all services, and starts one and waits until it is up. For Java 22 and newer, by its foreign functions and the
 * declarations in zinit_cdef.h.
 *
 *     java --enable-native-access=ALL-UNNAMED Zinit.java NAME [SOCKET]
 *
 * ZINIT_CDEF is the path of zinit_cdef.h, if it is not /usr/local/share/zinit-client/zinit_cdef.h.
 */
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

public class Zinit {
    private static final Pattern FUNCTION = Pattern.compile("(?m)^(?!typedef)(.*?)\\b(zinit_\\w+)\\((.*)\\);$");

    private final Arena arena;
    private final Map<String, MethodHandle> functions = new HashMap<>();

    static class ZinitException extends Exception {
        final String code;

        ZinitException(String code, String message) {
            super(message);
            this.code = code;
        }
    }

    Zinit(Arena arena, Path cdef) throws IOException {
        this.arena = arena;
        SymbolLookup library = SymbolLookup.libraryLookup("libzinit_client.so.0", arena);
        FUNCTION.matcher(Files.readString(cdef)).results().forEach(function -> {
            MemoryLayout[] parameters = function.group(3).equals("void") ? new MemoryLayout[0]
                    : Pattern.compile(", ").splitAsStream(function.group(3)).map(Zinit::layout).toArray(MemoryLayout[]::new);
            FunctionDescriptor type = function.group(1).strip().equals("void") ? FunctionDescriptor.ofVoid(parameters)
                    : FunctionDescriptor.of(layout(function.group(1)), parameters);
            functions.put(function.group(2),
                    Linker.nativeLinker().downcallHandle(library.find(function.group(2)).orElseThrow(), type));
        });
    }

    private static MemoryLayout layout(String declaration) {
        if (declaration.contains("*"))
            return ValueLayout.ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(Long.MAX_VALUE, ValueLayout.JAVA_BYTE));
        return switch (declaration.strip().split(" ")[0]) {
            case "int32_t", "zinit_code" -> ValueLayout.JAVA_INT;
            case "double" -> ValueLayout.JAVA_DOUBLE;
            default -> ValueLayout.JAVA_LONG;
        };
    }

    Object call(String function, Object... arguments) {
        try {
            return functions.get(function).invokeWithArguments(arguments);
        } catch (Throwable thrown) {
            throw new IllegalArgumentException(function, thrown);
        }
    }

    /* What a getter returns is borrowed from its object: it is copied at once. */
    String text(String getter, Object... arguments) {
        MemorySegment pointer = (MemorySegment) call(getter, arguments);
        return pointer.equals(MemorySegment.NULL) ? null : pointer.getString(0);
    }

    /* Calls a function that has an error as its last parameter. */
    void check(String function, Object... arguments) throws ZinitException {
        MemorySegment receiver = arena.allocate(ValueLayout.ADDRESS);
        Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = receiver;
        if ((int) call(function, all) >= 0)
            return;
        MemorySegment error = receiver.get(ValueLayout.ADDRESS, 0);
        try {
            throw new ZinitException(text("zinit_code_name", call("zinit_error_code", error)), text("zinit_error_message", error));
        } finally {
            call("zinit_error_free", error);
        }
    }

    /* Calls a function that makes an object, which the caller frees. */
    MemorySegment make(String function, Object... arguments) throws ZinitException {
        MemorySegment receiver = arena.allocate(ValueLayout.ADDRESS);
        Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = receiver;
        check(function, all);
        return receiver.get(ValueLayout.ADDRESS, 0);
    }

    void run(String name, MemorySegment socketPath) throws ZinitException {
        MemorySegment client = make("zinit_client_new", socketPath);
        try {
            MemorySegment list = make("zinit_client_list", client);
            for (long i = 0; i < (long) call("zinit_service_list_len", list); i++)
                System.out.println(text("zinit_service_list_name", list, i) + ": "
                        + text("zinit_state_text", call("zinit_service_list_state", list, i)));
            call("zinit_service_list_free", list);
            /* A wait of at most 20 s. */
            check("zinit_client_start_wait", client, arena.allocateFrom(name), 20000L, MemorySegment.NULL);
            System.out.println(name + " is up");
        } finally {
            call("zinit_client_free", client);
        }
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length == 0) {
            System.err.println("usage: java Zinit.java NAME [SOCKET]");
            System.exit(2);
        }
        String cdef = Objects.requireNonNullElse(System.getenv("ZINIT_CDEF"), "/usr/local/share/zinit-client/zinit_cdef.h");
        try (Arena arena = Arena.ofConfined()) {
            new Zinit(arena, Path.of(cdef)).run(arguments[0],
                    arguments.length > 1 ? arena.allocateFrom(arguments[1]) : MemorySegment.NULL);
        } catch (ZinitException failure) {
            System.err.println(failure.code + ": " + failure.getMessage());
            System.exit(1);
        }
    }
}
