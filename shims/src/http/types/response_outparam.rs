//! The resource `response-outparam`: where the response to an incoming request goes.

use std::fmt;

use http::Response;

use super::outgoing_response::OutgoingResponse;
use crate::{
    Handle, Trap, Wasi,
    http::{ErrorCode, OutgoingHttpBody},
};

/// The resource `response-outparam`. One that is dropped unset leaves the request without a response.
pub struct ResponseOutparam {
    send: Box<dyn FnOnce(Result<Response<OutgoingHttpBody>, ErrorCode>) + Send>,
}

impl ResponseOutparam {
    /// Gives the response to `send` as soon as the guest sets it; dropped unused if it never does.
    pub fn new(send: impl FnOnce(Result<Response<OutgoingHttpBody>, ErrorCode>) + Send + 'static) -> Self {
        ResponseOutparam { send: Box::new(send) }
    }
}

impl fmt::Debug for ResponseOutparam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseOutparam").finish_non_exhaustive()
    }
}

/// `response-outparam.set: static func(param: response-outparam, response: result<outgoing-response, error-code>)`
///
/// # Errors
///
/// If there is no such parameter or response, or a child of the response lives.
pub fn set(
    wasi: &mut Wasi,
    param: Handle<ResponseOutparam>,
    response: Result<Handle<OutgoingResponse>, ErrorCode>,
) -> Result<(), Trap> {
    let param = wasi.table.remove(param)?;
    let response = match response {
        Ok(response) => Ok(wasi.table.remove(response)?.into_http()),
        Err(error) => Err(error),
    };
    (param.send)(response);
    Ok(())
}

/// Drops a parameter.
///
/// # Errors
///
/// If there is no such parameter.
pub fn drop_response_outparam(wasi: &mut Wasi, this: Handle<ResponseOutparam>) -> Result<(), Trap> {
    wasi.table.remove(this).map(drop)
}
