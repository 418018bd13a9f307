//! Tells systemd that the server answers, so that `systemctl start` returns then and not before: sd_notify(3), `Type=notify`.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Says it at the socket that systemd names in `NOTIFY_SOCKET`; a name that begins with `@` is an abstract one.
///
/// # Errors
/// Nobody listens there.
pub fn ready(socket: &OsStr) -> io::Result<()> {
    let at = match socket.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        path => SocketAddr::from_pathname(OsStr::from_bytes(path))?,
    };
    UnixDatagram::unbound()?.send_to_addr(b"READY=1", &at).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(socket: &UnixDatagram) -> Vec<u8> {
        let mut said = [0; 64];
        socket.set_nonblocking(true).unwrap();
        let length = socket.recv(&mut said).unwrap();
        said[..length].to_vec()
    }

    #[test]
    fn it_is_said_at_a_path_and_at_an_abstract_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        assert!(ready(path.as_os_str()).is_err(), "nobody listens");
        let listening = UnixDatagram::bind(&path).unwrap();
        ready(path.as_os_str()).unwrap();
        assert_eq!(heard(&listening), b"READY=1");

        let name = format!("muster-test-{}", path.display());
        let listening = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        ready(OsStr::new(&format!("@{name}"))).unwrap();
        assert_eq!(heard(&listening), b"READY=1");
    }
}
