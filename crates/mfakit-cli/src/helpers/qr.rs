//! `qr`.

use mfakit_core::{ErrorCorrection, ModulePixels, QrCode};

use crate::{
    args::{QrArgs, QrFormat, QrLevel},
    console::Console,
    exit::Failure,
    helpers::uri,
    output::{self, Existing},
};

pub(crate) fn qr(args: &QrArgs, console: &mut Console<'_>) -> Result<(), Failure> {
    if console.json() {
        let text = "a QR code is an image: leave --json out";
        return Err(Failure::Input(text.to_owned()));
    }
    let to_terminal = args.output.output.is_none() && console.terminals().output;
    if to_terminal && matches!(args.format, QrFormat::Png) {
        let text = "a PNG image is not written to a terminal: name a file with --output";
        return Err(Failure::Input(text.to_owned()));
    }
    let pixels = ModulePixels::new(args.pixels).map_err(Failure::input)?;
    let level = match args.level {
        QrLevel::Low => ErrorCorrection::Low,
        QrLevel::Medium => ErrorCorrection::Medium,
        QrLevel::Quartile => ErrorCorrection::Quartile,
        QrLevel::High => ErrorCorrection::High,
    };
    let text = uri::read(args.file.as_deref(), "URI", console)?;
    let code = QrCode::encode(&text, level).map_err(Failure::input)?;
    let existing = match args.output.force {
        true => Existing::Replace,
        false => Existing::Keep,
    };
    let mut write =
        |bytes: &[u8]| output::write(args.output.output.as_deref(), existing, bytes, console);
    match args.format {
        QrFormat::Terminal => write(code.terminal().as_bytes()),
        QrFormat::Svg => write(code.svg().as_bytes()),
        QrFormat::Png => write(&code.png(pixels)),
    }
}
