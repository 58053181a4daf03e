//! The RMA number for scanners: as Code 128 and as a QR code, in modules, the squares that either is made of.

use qrcode::{Color, EcLevel, QrCode};

use super::LabelError;

/// Dark and light modules, row by row from the top; the rows are of one length.
pub(super) struct Modules {
    rows: Vec<Vec<bool>>,
}

/// Dark modules side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub row: usize,
    pub start: usize,
    pub length: usize,
}

impl Modules {
    pub fn width(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    pub fn height(&self) -> usize {
        self.rows.len()
    }

    pub fn dark_runs(&self) -> Vec<Run> {
        let mut runs = Vec::new();
        for (row, modules) in self.rows.iter().enumerate() {
            let mut start = 0;
            for run in modules.chunk_by(|left, right| left == right) {
                if run.first() == Some(&true) {
                    runs.push(Run { row, start, length: run.len() });
                }
                start += run.len();
            }
        }
        runs
    }
}

/// Code 128 in its set B, which has all of visible ASCII: one row.
pub(super) fn bars(number: &str) -> Result<Modules, LabelError> {
    let failed = |cause| LabelError::Bars { number: number.to_owned(), cause };
    // the encoder takes letters beyond ASCII as commands, and nothing as a code
    if number.is_empty() || !number.chars().all(|c| matches!(c, ' '..='~')) {
        return Err(failed(barcoders::error::Error::Character));
    }
    let code = barcoders::sym::code128::Code128::new(format!("\u{181}{number}")).map_err(failed)?;
    Ok(Modules { rows: vec![code.encode().into_iter().map(|module| module == 1).collect()] })
}

/// A QR code that is still read when a quarter of it is torn or smeared.
pub(super) fn square(number: &str) -> Result<Modules, LabelError> {
    let failed = |cause| LabelError::Square { number: number.to_owned(), cause };
    let code = QrCode::with_error_correction_level(number, EcLevel::Q).map_err(failed)?;
    let dark: Vec<bool> = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
    Ok(Modules { rows: dark.chunks(code.width().max(1)).map(<[bool]>::to_vec).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dark_modules_are_drawn_in_runs() {
        let modules = Modules { rows: vec![vec![true, true, false, true], vec![false; 4]] };
        let runs = [Run { row: 0, start: 0, length: 2 }, Run { row: 0, start: 3, length: 1 }];
        assert_eq!((modules.dark_runs(), modules.width(), modules.height()), (runs.to_vec(), 4, 2));
    }

    #[test]
    fn bars_have_eleven_modules_a_character() {
        // start, seven characters, check character, and a stop of thirteen
        assert_eq!(bars("RMA-123").unwrap().width(), 11 * 9 + 13);
    }

    #[test]
    fn what_is_not_ascii_has_no_bars() {
        for wrong in ["", "RMA-\u{106}12", "RÜ-1", "RMA\n1"] {
            assert!(matches!(bars(wrong), Err(LabelError::Bars { .. })), "{wrong:?}");
        }
        assert!(matches!(square(&"x".repeat(5000)), Err(LabelError::Square { .. })));
    }
}
