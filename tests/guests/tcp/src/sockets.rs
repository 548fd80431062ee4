//! Sockets brought into a state, where nothing is expected to fail.

use wasip2::wasi::io::streams::{InputStream, OutputStream};
use wasip2::wasi::sockets::instance_network::instance_network;
use wasip2::wasi::sockets::network::{ErrorCode, IpSocketAddress};
use wasip2::wasi::sockets::tcp::TcpSocket;
use wasip2::wasi::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::{family_of, parse_address};

/// A connection. The streams are children of the socket: they are dropped before it.
pub struct Connection {
    pub input: InputStream,
    pub output: OutputStream,
    pub socket: TcpSocket,
}

/// Two ends of one connection.
pub struct Pair {
    pub client: Connection,
    pub server: Connection,
}

/// `ok`, or the name of the error.
pub fn name<T>(result: Result<T, ErrorCode>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) => error.name(),
    }
}

/// A free port of 127.0.0.1.
pub fn loopback() -> IpSocketAddress {
    parse_address("127.0.0.1:0").expect("is an address")
}

pub fn bind(socket: &TcpSocket, address: IpSocketAddress) -> Result<(), ErrorCode> {
    socket.start_bind(&instance_network(), address)?;
    socket.subscribe().block();
    socket.finish_bind()
}

pub fn listen(socket: &TcpSocket) -> Result<(), ErrorCode> {
    socket.start_listen()?;
    socket.subscribe().block();
    socket.finish_listen()
}

pub fn connect(socket: TcpSocket, address: IpSocketAddress) -> Result<Connection, ErrorCode> {
    socket.start_connect(&instance_network(), address)?;
    socket.subscribe().block();
    let (input, output) = socket.finish_connect()?;
    Ok(Connection { input, output, socket })
}

/// Waits for a connection.
pub fn accept(listener: &TcpSocket) -> Result<Connection, ErrorCode> {
    listener.subscribe().block();
    let (socket, input, output) = listener.accept()?;
    Ok(Connection { input, output, socket })
}

pub fn bound_at(address: IpSocketAddress) -> Result<TcpSocket, ErrorCode> {
    let socket = create_tcp_socket(family_of(address))?;
    bind(&socket, address)?;
    Ok(socket)
}

pub fn listener_at(address: IpSocketAddress) -> Result<TcpSocket, ErrorCode> {
    let socket = bound_at(address)?;
    listen(&socket)?;
    Ok(socket)
}

pub fn connect_to(address: IpSocketAddress) -> Result<Connection, ErrorCode> {
    connect(create_tcp_socket(family_of(address))?, address)
}

/// A connection of this guest with itself.
pub fn pair() -> Result<Pair, ErrorCode> {
    let listener = listener_at(loopback())?;
    let client = connect_to(listener.local_address()?)?;
    let server = accept(&listener)?;
    Ok(Pair { client, server })
}
