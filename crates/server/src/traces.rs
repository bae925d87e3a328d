//! OpenTelemetry traces: where a request's time goes, sent to a collector over HTTP (OTLP). Off unless configured.

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use crate::config::Traces;

/// The target of the spans that are traced. They are made for traces only and never stand in the log.
pub const TARGET: &str = "daemun::trace";

/// Sends traces for as long as the process runs. Clones are one.
#[derive(Clone, Debug)]
pub struct Sender(SdkTracerProvider);

impl Sender {
    /// A sender as configured; `None` without an endpoint.
    ///
    /// # Errors
    /// What is wrong with the endpoint. Whether somebody answers there is seen later, and only told in the log.
    pub fn start(traces: &Traces) -> Result<Option<Self>, String> {
        let Some(endpoint) = &traces.endpoint else { return Ok(None) };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(endpoint)
            .build()
            .map_err(|error| format!("traces.endpoint: {error}"))?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::TraceIdRatioBased(traces.sample))
            .with_resource(Resource::builder().with_service_name("daemun").build())
            .build();
        Ok(Some(Self(provider)))
    }

    /// What makes spans.
    pub fn tracer(&self) -> SdkTracer {
        self.0.tracer("daemun")
    }

    /// Sends what is left. Blocks for a few seconds where nobody answers.
    pub fn stop(&self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}
