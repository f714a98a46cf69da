//! The ceiling for the ratios of `benches/load.sh`: bare actix-web, which answers every request with the bytes of a file.
//!
//! `cargo run --release --example baseline FILE [PORT]`

use actix_web::{App, HttpResponse, HttpServer, web};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let body = std::fs::read(arguments.next().unwrap_or_else(|| "/dev/null".into()))?;
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(18999);
    let body = web::Data::new(body);
    let answer = |body: web::Data<Vec<u8>>, _request: web::Bytes| async move {
        HttpResponse::Ok().content_type("application/json").body(body.to_vec())
    };
    HttpServer::new(move || App::new().app_data(body.clone()).default_service(web::to(answer)))
        .workers(2)
        .bind(("127.0.0.1", port))?
        .run()
        .await
}
