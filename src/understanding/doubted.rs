//! Words beside a wish or a fault that put it in doubt: who only asks, takes it back, or speaks of something else is
//! answered by a person. A wrong RMA or cancellation costs more than a question.

use super::lexicon::LEXICON;
use super::text::Clause;

/// What puts a return in doubt, and how staff are told.
const OF_ANY: [(&str, &str); 4] = [
    ("undecided", "it is only asked about, and not decided"),
    ("own_works", "the unit that is named is said to work"),
    ("taken_back", "it is said to be settled, or taken back"),
    ("other_goods", "what is broken is said to be something else"),
];
/// What puts a cancellation in doubt besides.
const OF_CANCELLATION: [(&str, &str); 3] = [
    ("order_stays", "the order is said to stay, or its cancellation to be a mistake"),
    ("part_of_order", "a part of the order is to be cancelled, and the rest stays"),
    ("on_condition", "it is to be cancelled on a condition that is not settled"),
];

/// Why it is not sure that the sender wishes for a return, or for a cancellation.
pub(super) fn doubt(words: &[Clause], cancels: bool) -> Option<&'static str> {
    let of_cancellation = OF_CANCELLATION.iter().filter(|_| cancels);
    OF_ANY
        .iter()
        .chain(of_cancellation)
        .find(|(name, _)| LEXICON.signal(name).find(words).is_some())
        .map(|(_, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understanding::text::clauses;

    fn told(cancels: bool, texts: &[&str], doubted: bool) {
        let wrong: Vec<_> = texts.iter().filter(|text| doubt(&clauses(text), cancels).is_some() != doubted).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn a_cancellation_beside_other_words_is_in_doubt() {
        told(
            true,
            &[
                "Somebody here told you by mistake to cancel V-1. Please keep the order.",
                "Please disregard the cancellation of V-1.",
                "Undo the cancellation of V-1, we want it.",
                "We nearly had to cancel V-1. Please deliver it as planned.",
                "There is no need to cancel V-1.",
                "Cancel V-1? Never! Deliver it.",
                "Would it be too late to cancel V-1? Please do nothing yet.",
                "How late can I cancel V-1? We have not decided yet.",
                "Can I cancel V-1 if it does not leave before Friday?",
                "Please cancel V-1 unless it ships this week.",
                "Of V-1 please cancel only the cables and ship the rest.",
                "Cancel the splitter on V-1, keep everything else.",
                "Please cancel V-1 except for the console.",
                "I was going to cancel V-1 but the budget came through. Please send it.",
                "I had planned to cancel V-1 and have changed my mind.",
                "We would rather keep V-1 after all, drop the cancellation.",
                "How can we cancel an order such as V-1?",
                "Can orders be cancelled, V-1 for example?",
                "V-1 is late, do you want us to cancel?",
                "Should I cancel V-1? My boss is still thinking about it.",
            ],
            true,
        );
    }

    #[test]
    fn a_plain_wish_to_cancel_is_in_no_doubt() {
        told(
            true,
            &[
                "Could you please cancel order V-1?",
                "Can you cancel my order V-1?",
                "I would like to cancel V-1 if possible, it has not shipped yet.",
                "Please cancel V-1 if it has not shipped.",
                "Please cancel V-1. Do not ship it.",
                "We do not want to keep it, cancel V-1.",
                "Cancel V-1 before it ships, please confirm the cancellation.",
                "Is it possible to cancel V-1? We changed our minds.",
                "We want the order cancelled and our money back.",
            ],
            false,
        );
    }

    #[test]
    fn a_fault_that_nobody_claims_is_in_doubt() {
        told(
            false,
            &[
                "If the KV-4 were faulty, how would we go about it?",
                "Could we return it if it turned out that we have no use for it?",
                "I am only asking, nothing is decided: can SN 4711 go back?",
                "I fear it may fail some day. Do you sell a longer warranty?",
                "My neighbour's switch died. Mine is working fine.",
                "Is this the one with the bad ports? Ours has had no problems so far.",
                "SN 4711 was dead, I have had it repaired.",
                "SN 4711 lost its picture. We got it to work, no RMA required.",
                "SN 4711 had no video. Case closed.",
                "SN 4711: no video, the cable was to blame.",
                "SN 4711 replaces a dead unit of another brand.",
                "My laptop is broken, not the switch.",
                "The fault is not with your product. We have no complaint about your KVM.",
            ],
            true,
        );
    }

    #[test]
    fn a_fault_that_is_claimed_is_in_no_doubt() {
        told(
            false,
            &[
                "It fails if the second monitor is plugged in.",
                "Mine no longer works.",
                "Ours has never worked well.",
                "Mine works only on port 2.",
                "It was working fine until Monday.",
                "If it is not repairable, please send a replacement.",
                "I tried another cable and another monitor, it is the switch.",
                "It is not the cable, the KVM is dead.",
                "The old one works, so the new switch must be broken.",
                "We had it repaired once, and it is broken again.",
                "They have to cool down before they work again.",
                "The remote does nothing, the buttons\ndo nothing.",
                "Where do I get it fixed?",
                "Please repair it; no refund is needed.",
            ],
            false,
        );
    }
}
