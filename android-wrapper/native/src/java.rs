//! Calling the framework: the application's context and class loader, kept for every thread, and short words for what JNI says at length.

use jni::objects::{JByteArray, JClass, JClassLoader, JObject, JString};
use jni::refs::{Global, LoaderContext};
use jni::strings::JNIString;
use jni::{Env, JavaVM, jni_sig, jni_str};

use crate::error::{Error, Result};

/// Calls a method: environment, object, name, signature in brackets, arguments.
macro_rules! call {
    ($env:expr, $object:expr, $name:literal, [$($signature:tt)*] $(, $argument:expr)* $(,)?) => {
        $env.call_method($object, jni::jni_str!($name), jni::jni_sig!($($signature)*), &[$(jni::JValue::from($argument)),*])
    };
}

/// Calls a static method: environment, class, name, signature in brackets, arguments.
macro_rules! call_static {
    ($env:expr, $class:expr, $name:literal, [$($signature:tt)*] $(, $argument:expr)* $(,)?) => {
        $env.call_static_method($class, jni::jni_str!($name), jni::jni_sig!($($signature)*), &[$(jni::JValue::from($argument)),*])
    };
}

/// Reads a field: environment, object, name, type in brackets.
macro_rules! field {
    ($env:expr, $object:expr, $name:literal, [$($kind:tt)*]) => {
        $env.get_field($object, jni::jni_str!($name), jni::jni_sig!($($kind)*))
    };
}

/// Makes an object: environment, class, signature in brackets, arguments.
macro_rules! make {
    ($env:expr, $class:expr, [$($signature:tt)*] $(, $argument:expr)* $(,)?) => {
        $env.new_object($class, jni::jni_sig!($($signature)*), &[$(jni::JValue::from($argument)),*])
    };
}

pub(crate) use {call, call_static, field, make};

/// The application, as the framework knows it.
pub struct Android {
    context: Global<JObject<'static>>,
    /// The application's loader: on a thread that Rust has attached, `FindClass` knows the system's classes alone.
    loader: Global<JClassLoader<'static>>,
    /// `Build.VERSION.SDK_INT`.
    pub sdk: i32,
}

impl Android {
    /// Keeps what later calls need, from whatever thread.
    pub fn new(env: &mut Env<'_>, context: &JObject<'_>) -> Result<Self> {
        if context.is_null() {
            return Err(Error::new("request", "no context"));
        }
        let loader = call!(env, context, "getClassLoader", [() -> java.lang.ClassLoader])?.l()?;
        let loader = env.cast_local::<JClassLoader>(loader)?;
        let mut android =
            Self { context: env.new_global_ref(context)?, loader: env.new_global_ref(&loader)?, sdk: 0 };
        let version = android.class(env, "android.os.Build$VERSION")?;
        android.sdk = env.get_static_field(&version, jni_str!("SDK_INT"), jni_sig!(jint))?.i()?;
        Ok(android)
    }

    /// Does something with the framework on this thread, in a frame of its own. A Java exception comes back as an error.
    pub fn with<T>(&self, work: impl FnOnce(&mut Env<'_>) -> Result<T>) -> Result<T> {
        JavaVM::singleton()?.attach_current_thread(|env| {
            let done = work(env);
            caught(env, done)
        })
    }

    /// The application's context.
    pub fn context(&self) -> &JObject<'static> {
        self.context.as_obj()
    }

    /// A class by its name with dots.
    pub fn class<'l>(&self, env: &mut Env<'l>, name: &str) -> Result<JClass<'l>> {
        Ok(LoaderContext::Loader(&self.loader).load_class(env, JNIString::from(name), true)?)
    }

    /// A service of the system by its name; none where this device has no such service.
    pub fn service<'l>(&self, env: &mut Env<'l>, name: &str) -> Result<Option<JObject<'l>>> {
        let name = env.new_string(name)?;
        let service =
            call!(env, self.context(), "getSystemService", [(java.lang.String) -> java.lang.Object], &name)?
                .l()?;
        Ok((!service.is_null()).then_some(service))
    }

    /// The package manager.
    pub fn packages<'l>(&self, env: &mut Env<'l>) -> Result<JObject<'l>> {
        Ok(call!(env, self.context(), "getPackageManager", [() -> android.content.pm.PackageManager])?.l()?)
    }

    /// A static field that is text; none where it is null.
    pub fn static_text(&self, env: &mut Env<'_>, class: &str, name: &str) -> Result<Option<String>> {
        let class = self.class(env, class)?;
        let value = env.get_static_field(&class, JNIString::from(name), jni_sig!(java.lang.String))?.l()?;
        text(env, value)
    }

    /// This application's package.
    pub fn own_package(&self, env: &mut Env<'_>) -> Result<String> {
        let name = call!(env, self.context(), "getPackageName", [() -> java.lang.String])?.l()?;
        text(env, name)?.ok_or_else(|| Error::new("java", "the context has no package name"))
    }
}

/// Turns a Java exception that is on its way into the error, and stops it.
pub fn caught<T>(env: &Env<'_>, done: Result<T>) -> Result<T> {
    match env.exception_catch() {
        Err(exception) if done.is_err() => Err(exception.into()),
        _ => done,
    }
}

/// Tries something in a frame of its own; a Java exception in it is stopped here.
pub fn tried<T>(env: &mut Env<'_>, work: impl FnOnce(&mut Env<'_>) -> Result<T>) -> Result<T> {
    env.with_local_frame(FRAME, |env| {
        let done = work(env);
        caught(env, done)
    })
}

/// A `String` as text, with what is not Unicode replaced; none for null.
pub fn text(env: &mut Env<'_>, object: JObject<'_>) -> Result<Option<String>> {
    if object.is_null() {
        return Ok(None);
    }
    let string = env.cast_local::<JString>(object)?;
    Ok(Some(string.try_to_string(env)?))
}

/// A `byte[]`; none for null.
pub fn bytes(env: &mut Env<'_>, object: JObject<'_>) -> Result<Option<Vec<u8>>> {
    if object.is_null() {
        return Ok(None);
    }
    let array = env.cast_local::<JByteArray>(object)?;
    Ok(Some(env.convert_byte_array(&array)?))
}

/// Local references that one piece of reading may hold at once.
const FRAME: usize = 32;
