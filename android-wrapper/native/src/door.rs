//! The way out of every exported function: a value, or one Java exception with a code and a message. Nothing else leaves, no panic and no
//! exception of somebody else.

use std::any::Any;

use jni::errors::ErrorPolicy;
use jni::objects::JThrowable;
use jni::{Env, EnvUnowned, JValue, jni_sig, jni_str};

use crate::error::{Error, Result};
use crate::java::caught;

/// Does `work` and turns what goes wrong into the exception.
pub fn door<'l, T: Default>(env: &mut EnvUnowned<'l>, work: impl FnOnce(&mut Env<'l>) -> Result<T>) -> T {
    env.with_env(|env| {
        let done = work(env);
        caught(env, done)
    })
    .resolve::<Throw>()
}

struct Throw;

impl<T: Default> ErrorPolicy<T, Error> for Throw {
    type Captures<'unowned_env_local: 'native_method, 'native_method> = ();

    fn on_error<'unowned_env_local: 'native_method, 'native_method>(
        env: &mut Env<'unowned_env_local>,
        _captures: &mut Self::Captures<'unowned_env_local, 'native_method>,
        error: Error,
    ) -> jni::errors::Result<T> {
        throw(env, error.code, &error.text)?;
        Ok(T::default())
    }

    fn on_panic<'unowned_env_local: 'native_method, 'native_method>(
        env: &mut Env<'unowned_env_local>,
        _captures: &mut Self::Captures<'unowned_env_local, 'native_method>,
        payload: Box<dyn Any + Send + 'static>,
    ) -> jni::errors::Result<T> {
        env.exception_clear();
        throw(env, "panic", &said(payload.as_ref()))?;
        // What a payload does when it is dropped is not ours to find out here.
        std::mem::forget(payload);
        Ok(T::default())
    }
}

/// What a panic said, literal or formatted.
pub fn said(payload: &(dyn Any + Send)) -> String {
    let literal = payload.downcast_ref::<&'static str>().map(|text| (*text).to_owned());
    literal
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}

/// The class is found by the loader of the class whose native method is running.
fn throw(env: &mut Env<'_>, code: &str, message: &str) -> jni::errors::Result<()> {
    let class = env.find_class(jni_str!("io/muster/agent/NativeException"))?;
    let (code, message) = (env.new_string(code)?, env.new_string(message)?);
    let arguments = [JValue::from(&code), JValue::from(&message)];
    let exception = env.new_object(&class, jni_sig!((java.lang.String, java.lang.String)), &arguments)?;
    let exception = env.cast_local::<JThrowable>(exception)?;
    match env.throw(&exception) {
        // That one is on its way is what was wanted.
        Err(jni::errors::Error::JavaException) | Ok(()) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_keeps_its_words() {
        let number = 7;
        let formatted = std::panic::catch_unwind(|| panic!("number {number}")).unwrap_err();
        assert_eq!(said(formatted.as_ref()), "number 7");
        let literal = std::panic::catch_unwind(|| panic!("plain")).unwrap_err();
        assert_eq!(said(literal.as_ref()), "plain");
        let odd = std::panic::catch_unwind(|| std::panic::panic_any(7)).unwrap_err();
        assert_eq!(said(odd.as_ref()), "without a message");
    }
}
