package io.muster.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;

/** A JVM loads one file for one class loader only, and each sandbox has its own loader: each gets its own copy. */
final class Library {
    private static final String GIVEN = "muster.library.given";
    private static final String COPY;

    static {
        synchronized (System.getProperties()) {
            String given = System.getProperty(GIVEN, System.getProperty("muster.library"));
            System.setProperty(GIVEN, given);
            try {
                Path copy = Files.createTempFile("muster", ".so");
                copy.toFile().deleteOnExit();
                if (Files.exists(Paths.get(given))) {
                    Files.copy(Paths.get(given), copy, StandardCopyOption.REPLACE_EXISTING);
                } else {
                    System.out.println("no library at " + given + ": build it with cargo build -p muster-android");
                }
                COPY = copy.toString();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private Library() {}

    /** To be called for each test before anything touches {@link Native}: the property is the JVM's, the copy the sandbox's. */
    static void prepare() {
        System.setProperty("muster.library", COPY);
    }
}
