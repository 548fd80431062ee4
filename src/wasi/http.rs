//! `wasi:http`, but for `incoming-handler`, which guests export.

use nojit_shims::http::{
    DnsErrorPayload, ErrorCode, FieldSizePayload, HeaderError, Method, Scheme, TlsAlertReceivedPayload,
    outgoing_handler,
    types::{
        self, fields, future_incoming_response, future_trailers, incoming_body, incoming_request, incoming_response,
        outgoing_body, outgoing_request, outgoing_response, request_options, response_outparam,
    },
};

use super::{
    WasiView,
    interface::{Interface, Package},
};
use crate::error::Result;

crate::record! { impl DnsErrorPayload { rcode: Option<String>, info_code: Option<u16> } }
crate::record! { impl TlsAlertReceivedPayload { alert_id: Option<u8>, alert_message: Option<String> } }
crate::record! { impl FieldSizePayload { field_name: Option<String>, field_size: Option<u32> } }
crate::variant! {
    impl ErrorCode {
        DnsTimeout = "DNS-timeout",
        DnsError(DnsErrorPayload) = "DNS-error",
        DestinationNotFound,
        DestinationUnavailable,
        DestinationIpProhibited = "destination-IP-prohibited",
        DestinationIpUnroutable = "destination-IP-unroutable",
        ConnectionRefused,
        ConnectionTerminated,
        ConnectionTimeout,
        ConnectionReadTimeout,
        ConnectionWriteTimeout,
        ConnectionLimitReached,
        TlsProtocolError = "TLS-protocol-error",
        TlsCertificateError = "TLS-certificate-error",
        TlsAlertReceived(TlsAlertReceivedPayload) = "TLS-alert-received",
        HttpRequestDenied = "HTTP-request-denied",
        HttpRequestLengthRequired = "HTTP-request-length-required",
        HttpRequestBodySize(Option<u64>) = "HTTP-request-body-size",
        HttpRequestMethodInvalid = "HTTP-request-method-invalid",
        HttpRequestUriInvalid = "HTTP-request-URI-invalid",
        HttpRequestUriTooLong = "HTTP-request-URI-too-long",
        HttpRequestHeaderSectionSize(Option<u32>) = "HTTP-request-header-section-size",
        HttpRequestHeaderSize(Option<FieldSizePayload>) = "HTTP-request-header-size",
        HttpRequestTrailerSectionSize(Option<u32>) = "HTTP-request-trailer-section-size",
        HttpRequestTrailerSize(FieldSizePayload) = "HTTP-request-trailer-size",
        HttpResponseIncomplete = "HTTP-response-incomplete",
        HttpResponseHeaderSectionSize(Option<u32>) = "HTTP-response-header-section-size",
        HttpResponseHeaderSize(FieldSizePayload) = "HTTP-response-header-size",
        HttpResponseBodySize(Option<u64>) = "HTTP-response-body-size",
        HttpResponseTrailerSectionSize(Option<u32>) = "HTTP-response-trailer-section-size",
        HttpResponseTrailerSize(FieldSizePayload) = "HTTP-response-trailer-size",
        HttpResponseTransferCoding(Option<String>) = "HTTP-response-transfer-coding",
        HttpResponseContentCoding(Option<String>) = "HTTP-response-content-coding",
        HttpResponseTimeout = "HTTP-response-timeout",
        HttpUpgradeFailed = "HTTP-upgrade-failed",
        HttpProtocolError = "HTTP-protocol-error",
        LoopDetected,
        ConfigurationError,
        InternalError(Option<String>),
    }
}
crate::variant! {
    impl Method { Get, Head, Post, Put, Delete, Connect, Options, Trace, Patch, Other(String) }
}
crate::variant! { impl Scheme { Http = "HTTP", Https = "HTTPS", Other(String) } }
crate::enumeration! { impl HeaderError { InvalidSyntax, Forbidden, Immutable } }

pub(super) fn define<T: WasiView>(package: &mut Package<'_, T>) -> Result<()> {
    let mut interface = package.interface("wasi:http/types")?;
    define_resources(&mut interface)?;
    interface.func("http-error-code", |wasi, (err,)| types::http_error_code(wasi, err))?;
    define_fields(&mut interface)?;
    define_incoming_request(&mut interface)?;
    define_outgoing_request(&mut interface)?;
    define_request_options(&mut interface)?;
    define_responses(&mut interface)?;
    define_bodies(&mut interface)?;

    let mut handler = package.interface("wasi:http/outgoing-handler")?;
    handler.func("handle", |wasi, (request, options)| outgoing_handler::handle(wasi, request, options))
}

fn define_resources<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.resource("fields", fields::drop_fields)?;
    interface.resource("incoming-request", incoming_request::drop_incoming_request)?;
    interface.resource("outgoing-request", outgoing_request::drop_outgoing_request)?;
    interface.resource("request-options", request_options::drop_request_options)?;
    interface.resource("response-outparam", response_outparam::drop_response_outparam)?;
    interface.resource("incoming-response", incoming_response::drop_incoming_response)?;
    interface.resource("incoming-body", incoming_body::drop_incoming_body)?;
    interface.resource("future-trailers", future_trailers::drop_future_trailers)?;
    interface.resource("outgoing-response", outgoing_response::drop_outgoing_response)?;
    interface.resource("outgoing-body", outgoing_body::drop_outgoing_body)?;
    interface.resource("future-incoming-response", future_incoming_response::drop_future_incoming_response)
}

fn define_fields<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.func("[constructor]fields", |wasi, ()| Ok(fields::new(wasi)))?;
    interface.func("[static]fields.from-list", |wasi, (entries,)| fields::from_list(wasi, entries))?;
    interface.func("[method]fields.get", |wasi, (this, name): (_, String)| fields::get(wasi, this, &name))?;
    interface.func("[method]fields.has", |wasi, (this, name): (_, String)| fields::has(wasi, this, &name))?;
    interface.func("[method]fields.set", |wasi, (this, name, values): (_, String, _)| {
        fields::set(wasi, this, &name, values)
    })?;
    interface.func("[method]fields.delete", |wasi, (this, name): (_, String)| fields::delete(wasi, this, &name))?;
    interface.func("[method]fields.append", |wasi, (this, name, value): (_, String, _)| {
        fields::append(wasi, this, &name, value)
    })?;
    interface.func("[method]fields.entries", |wasi, (this,)| fields::entries(wasi, this))?;
    interface.func("[method]fields.clone", |wasi, (this,)| fields::clone(wasi, this))
}

fn define_incoming_request<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.func("[method]incoming-request.method", |wasi, (this,)| incoming_request::method(wasi, this))?;
    interface.func("[method]incoming-request.path-with-query", |wasi, (this,)| {
        incoming_request::path_with_query(wasi, this)
    })?;
    interface.func("[method]incoming-request.scheme", |wasi, (this,)| incoming_request::scheme(wasi, this))?;
    interface.func("[method]incoming-request.authority", |wasi, (this,)| incoming_request::authority(wasi, this))?;
    interface.func("[method]incoming-request.headers", |wasi, (this,)| incoming_request::headers(wasi, this))?;
    interface.func("[method]incoming-request.consume", |wasi, (this,)| incoming_request::consume(wasi, this))
}

fn define_outgoing_request<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.func("[constructor]outgoing-request", |wasi, (headers,)| outgoing_request::new(wasi, headers))?;
    interface.func("[method]outgoing-request.body", |wasi, (this,)| outgoing_request::body(wasi, this))?;
    interface.func("[method]outgoing-request.method", |wasi, (this,)| outgoing_request::method(wasi, this))?;
    interface.func("[method]outgoing-request.set-method", |wasi, (this, method)| {
        outgoing_request::set_method(wasi, this, method)
    })?;
    interface.func("[method]outgoing-request.path-with-query", |wasi, (this,)| {
        outgoing_request::path_with_query(wasi, this)
    })?;
    interface.func("[method]outgoing-request.set-path-with-query", |wasi, (this, path)| {
        outgoing_request::set_path_with_query(wasi, this, path)
    })?;
    interface.func("[method]outgoing-request.scheme", |wasi, (this,)| outgoing_request::scheme(wasi, this))?;
    interface.func("[method]outgoing-request.set-scheme", |wasi, (this, scheme)| {
        outgoing_request::set_scheme(wasi, this, scheme)
    })?;
    interface.func("[method]outgoing-request.authority", |wasi, (this,)| outgoing_request::authority(wasi, this))?;
    interface.func("[method]outgoing-request.set-authority", |wasi, (this, authority)| {
        outgoing_request::set_authority(wasi, this, authority)
    })?;
    interface.func("[method]outgoing-request.headers", |wasi, (this,)| outgoing_request::headers(wasi, this))
}

fn define_request_options<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.func("[constructor]request-options", |wasi, ()| Ok(request_options::new(wasi)))?;
    interface.func("[method]request-options.connect-timeout", |wasi, (this,)| {
        request_options::connect_timeout(wasi, this)
    })?;
    interface.func("[method]request-options.set-connect-timeout", |wasi, (this, duration)| {
        request_options::set_connect_timeout(wasi, this, duration)
    })?;
    interface.func("[method]request-options.first-byte-timeout", |wasi, (this,)| {
        request_options::first_byte_timeout(wasi, this)
    })?;
    interface.func("[method]request-options.set-first-byte-timeout", |wasi, (this, duration)| {
        request_options::set_first_byte_timeout(wasi, this, duration)
    })?;
    interface.func("[method]request-options.between-bytes-timeout", |wasi, (this,)| {
        request_options::between_bytes_timeout(wasi, this)
    })?;
    interface.func("[method]request-options.set-between-bytes-timeout", |wasi, (this, duration)| {
        request_options::set_between_bytes_timeout(wasi, this, duration)
    })
}

fn define_responses<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.procedure("[static]response-outparam.set", |wasi, (param, response)| {
        response_outparam::set(wasi, param, response)
    })?;
    interface.func("[method]incoming-response.status", |wasi, (this,)| incoming_response::status(wasi, this))?;
    interface.func("[method]incoming-response.headers", |wasi, (this,)| incoming_response::headers(wasi, this))?;
    interface.func("[method]incoming-response.consume", |wasi, (this,)| incoming_response::consume(wasi, this))?;
    interface.func("[constructor]outgoing-response", |wasi, (headers,)| outgoing_response::new(wasi, headers))?;
    interface
        .func("[method]outgoing-response.status-code", |wasi, (this,)| outgoing_response::status_code(wasi, this))?;
    interface.func("[method]outgoing-response.set-status-code", |wasi, (this, status_code)| {
        outgoing_response::set_status_code(wasi, this, status_code)
    })?;
    interface.func("[method]outgoing-response.headers", |wasi, (this,)| outgoing_response::headers(wasi, this))?;
    interface.func("[method]outgoing-response.body", |wasi, (this,)| outgoing_response::body(wasi, this))?;
    interface.func("[method]future-incoming-response.subscribe", |wasi, (this,)| {
        future_incoming_response::subscribe(wasi, this)
    })?;
    interface.func("[method]future-incoming-response.get", |wasi, (this,)| future_incoming_response::get(wasi, this))
}

fn define_bodies<T: WasiView>(interface: &mut Interface<'_, T>) -> Result<()> {
    interface.func("[method]incoming-body.stream", |wasi, (this,)| incoming_body::stream(wasi, this))?;
    interface.func("[static]incoming-body.finish", |wasi, (this,)| incoming_body::finish(wasi, this))?;
    interface.func("[method]future-trailers.subscribe", |wasi, (this,)| future_trailers::subscribe(wasi, this))?;
    interface.func("[method]future-trailers.get", |wasi, (this,)| future_trailers::get(wasi, this))?;
    interface.func("[method]outgoing-body.write", |wasi, (this,)| outgoing_body::write(wasi, this))?;
    interface.func("[static]outgoing-body.finish", |wasi, (this, trailers)| outgoing_body::finish(wasi, this, trailers))
}
