//! The label for the box of a return, a page to print: where it goes, the RMA number for people and for scanners, the
//! last day, and what is inside.
//!
//! The sheet is US Letter. All of it stays inside what Letter and A4 share, so either paper prints it whole, at its own
//! size or fitted to the page. The same values always give the same bytes: a message is known by its bytes.

mod codes;
mod face;
mod sheet;

use jiff::civil::Date;

use super::Attachment;
use super::filters::written_out;
use super::values::{Unit, Vendor};
use face::Face::{self, Bold, Regular};
use face::{lines, shortened_to, spelled};
use sheet::{Area, Sheet};

/// What stands on the label.
#[derive(Debug, Clone)]
pub struct Label<'a> {
    pub vendor: &'a Vendor,
    pub rma_number: &'a str,
    /// The last day on which the package may arrive.
    pub last_day: Date,
    pub units: Vec<&'a Unit>,
}

/// Why there is no label.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    #[error(
        "the RMA number `{number}` has no form in Code 128 ({cause}): keep the format of RMA numbers to letters, digits \
         and punctuation of ASCII"
    )]
    Bars { number: String, cause: barcoders::error::Error },
    #[error("the RMA number `{number}` has no form as a QR code ({cause}): choose a shorter format of RMA numbers")]
    Square { number: String, cause: qrcode::types::QrError },
    #[error("the page cannot be written: {0}")]
    Page(#[from] lopdf::Error),
}

/// What is cut out, in points from the upper left corner of the sheet; it ends below the last unit.
const CARD_LEFT: f32 = 54.0;
const CARD_TOP: f32 = 60.0;
const CARD_WIDTH: f32 = 504.0;
/// Where words begin and end.
const LEFT: f32 = 72.0;
const RIGHT: f32 = 540.0;
const SMALL: f32 = 9.0;

/// Light around a code that a scanner needs, in modules (ISO/IEC 15417 and 18004 ask for 10 and 4).
const QUIET_BARS: f32 = 10.0;
/// The widest bar of one module that reads well by hand; narrower where the number is long.
const WIDEST_BAR: f32 = 2.5;
/// With light of four modules on each side, at 21 modules or more.
const SQUARE: Area = Area { left: 432.0, top: 126.0, width: 104.0, height: 104.0 };

/// Rows of units that fit, and the space that they share.
const MOST_ROWS: usize = 12;
const ROWS_HEIGHT: f32 = 164.0;
const ROOMY_ROW: f32 = 20.0;

impl Label<'_> {
    /// The label as a PDF of one page.
    ///
    /// # Errors
    /// Where the RMA number has characters that the codes cannot carry.
    pub fn pdf(&self) -> Result<Vec<u8>, LabelError> {
        let mut sheet = Sheet::default();
        sheet.text(Regular, 10.0, (CARD_LEFT, 48.0), "Cut along the dashed line and fix to the outside of the box.");
        self.head(&mut sheet);
        self.ship_to(&mut sheet);
        self.number(&mut sheet)?;
        self.last_day(&mut sheet);
        let end = self.contents(&mut sheet);
        sheet.dashed(Area { left: CARD_LEFT, top: CARD_TOP, width: CARD_WIDTH, height: end + 22.0 - CARD_TOP });
        Ok(sheet.pdf(&spelled(&format!("Return label {}", self.rma_number)))?)
    }

    /// The page as it goes with a letter.
    ///
    /// # Errors
    /// As [`Label::pdf`].
    pub fn attached(&self) -> Result<Vec<Attachment>, LabelError> {
        Ok(vec![Attachment { name: self.file_name(), content_type: "application/pdf", bytes: self.pdf()? }])
    }

    /// `RMA-1000017-label.pdf`; whatever a file system or a mail program might take amiss is a dash.
    pub fn file_name(&self) -> String {
        let safe = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' };
        format!("{}-label.pdf", self.rma_number.chars().map(safe).collect::<String>())
    }

    fn head(&self, sheet: &mut Sheet) {
        fitted(sheet, Bold, 16.0, (LEFT, 88.0), (360.0, &self.vendor.name));
        sheet.text_to_left_of(Bold, 16.0, (RIGHT, 88.0), "RETURN");
        sheet.rule(LEFT, RIGHT, 102.0);
    }

    /// The address, each line as large as the longest allows; or how to get it.
    fn ship_to(&self, sheet: &mut Sheet) {
        let (width, height) = (330.0, 112.0);
        sheet.text(Regular, SMALL, (LEFT, 122.0), "SHIP TO");
        let address: Vec<String> = if self.vendor.returns_address.is_empty() {
            let how = "Reply to our message to get the shipping address before you send anything.";
            lines(Bold, 18.0, how, width)
        } else {
            self.vendor.returns_address.iter().map(|line| spelled(line)).collect()
        };
        let leading = (height / address.len().max(1) as f32).min(24.0);
        let widest = address.iter().map(|line| Bold.width(line)).fold(0.0, f32::max);
        let size = (leading * 0.8).min(width / widest.max(1.0)).max(leading * 0.5);
        let mut baseline = 122.0;
        for line in &address {
            baseline += leading;
            sheet.text(Bold, size, (LEFT, baseline), &shortened_to(Bold, size, line, width));
        }
        sheet.rule(LEFT, RIGHT, 254.0);
    }

    /// The number three times: in letters as large as fit, in bars and as a square.
    fn number(&self, sheet: &mut Sheet) -> Result<(), LabelError> {
        sheet.modules(&codes::square(self.rma_number)?, SQUARE);
        sheet.text(Bold, 20.0, (LEFT, 282.0), "RMA");
        let number = spelled(self.rma_number);
        let size = ((RIGHT - LEFT) / Bold.width(&number).max(1.0)).min(64.0);
        let middle = CARD_LEFT + CARD_WIDTH / 2.0;
        sheet.text(Bold, size, (middle - size * Bold.width(&number) / 2.0, 342.0), &number);
        let bars = codes::bars(self.rma_number)?;
        let module = (CARD_WIDTH / (bars.width() as f32 + 2.0 * QUIET_BARS)).min(WIDEST_BAR);
        let width = module * bars.width() as f32;
        sheet.modules(&bars, Area { left: middle - width / 2.0, top: 364.0, width, height: 80.0 });
        sheet.rule(LEFT, RIGHT, 462.0);
        Ok(())
    }

    fn last_day(&self, sheet: &mut Sheet) {
        sheet.text(Regular, SMALL, (LEFT, 482.0), "MUST ARRIVE BY");
        sheet.text(Bold, 22.0, (LEFT, 508.0), &written_out(self.last_day));
        sheet.rule(LEFT, RIGHT, 526.0);
    }

    /// A row a unit, closer together where there are many; what does not fit is counted. The baseline of the last row.
    fn contents(&self, sheet: &mut Sheet) -> f32 {
        let mut baseline = 546.0;
        heads(sheet, baseline);
        let room = if self.units.len() > MOST_ROWS { MOST_ROWS - 1 } else { MOST_ROWS };
        let pitch = (ROWS_HEIGHT / self.units.len().clamp(1, MOST_ROWS) as f32).min(ROOMY_ROW);
        let size = (pitch * 0.66).min(11.0);
        for unit in self.units.iter().take(room) {
            baseline += pitch;
            row(sheet, size, baseline, unit);
        }
        let left_out: Vec<u32> = self.units.iter().skip(room).map(|unit| unit.quantity).collect();
        if !left_out.is_empty() {
            baseline += pitch;
            let count: u32 = left_out.into_iter().fold(0, u32::saturating_add);
            sheet.text(Regular, size, (LEFT, baseline), &format!("and {count} more units, as listed in our message"));
        }
        baseline
    }
}

/// The columns of the contents: heading, where it begins, how wide it is.
const COLUMNS: [(&str, f32, f32); 3] =
    [("Product", LEFT, 216.0), ("Part number", 298.0, 106.0), ("Serial number", 412.0, 98.0)];

fn heads(sheet: &mut Sheet, baseline: f32) {
    for (heading, left, _) in COLUMNS {
        sheet.text(Regular, SMALL, (left, baseline), heading);
    }
    sheet.text_to_left_of(Regular, SMALL, (RIGHT, baseline), "Qty");
}

fn row(sheet: &mut Sheet, size: f32, baseline: f32, unit: &Unit) {
    let serial = unit.serial_number.as_deref().unwrap_or("none");
    for ((_, left, width), value) in COLUMNS.into_iter().zip([unit.title.as_str(), &unit.part_number, serial]) {
        fitted(sheet, Regular, size, (left, baseline), (width, value));
    }
    sheet.text_to_left_of(Regular, size, (RIGHT, baseline), &unit.quantity.to_string());
}

/// A value in the width that it has: smaller where it is long, and cut where that would be too small to read.
fn fitted(sheet: &mut Sheet, face: Face, size: f32, at: (f32, f32), (width, value): (f32, &str)) {
    let value = spelled(value);
    let size = (width / face.width(&value).max(0.001)).clamp(size * 0.8, size);
    sheet.text(face, size, at, &shortened_to(face, size, &value, width));
}
