package io.muster.agent;

/** What Rust could not do: a stable code for programs and a sentence for the log. Rust makes these by name. */
final class NativeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    final String code;

    NativeException(String code, String message) {
        super(message);
        this.code = code;
    }

    @Override
    public String toString() {
        return code + ": " + getMessage();
    }
}
