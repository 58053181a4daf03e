//! By what a mail of ours is known when it comes back as a quote.

use crate::mail::header::Fields;

/// Our addresses, and the names that the customer's mail program shows for them.
pub(in crate::mail) struct Own {
    addresses: Vec<String>,
    names: Vec<String>,
}

impl Own {
    pub(in crate::mail) fn of(fields: &Fields, own_addresses: &[String]) -> Own {
        let addresses: Vec<String> = own_addresses.iter().map(|address| address.to_lowercase()).collect();
        let ours = fields.recipients().iter().filter(|recipient| addresses.contains(&recipient.address));
        let names =
            ours.filter_map(|recipient| recipient.name.as_deref()).map(squeezed).filter(|name| !name.is_empty());
        let names = names.collect();
        Own { addresses, names }
    }

    /// Whether the value of a quoted From field names us: by an address of ours or of our domain; where there is no
    /// address, by the name that we were addressed with, or one that holds the name of our domain.
    pub(super) fn wrote(&self, from: &str) -> bool {
        let from = from.to_lowercase();
        let mut domains = from
            .split(|c: char| {
                c.is_whitespace() || matches!(c, '<' | '>' | '[' | ']' | '(' | ')' | ':' | ';' | ',' | '"')
            })
            .filter_map(|word| word.rsplit_once('@'))
            .map(|(_, domain)| domain)
            .peekable();
        if domains.peek().is_some() {
            return domains.any(|domain| self.domains().any(|ours| ours == domain));
        }
        let name = squeezed(&from);
        let is_addressed = self.names.contains(&name);
        is_addressed
            || self
                .domains()
                .filter_map(|domain| domain.split('.').next())
                .any(|label| label.len() >= 4 && name.contains(&squeezed(label)))
    }

    fn domains(&self) -> impl Iterator<Item = &str> {
        self.addresses.iter().filter_map(|address| address.rsplit_once('@')).map(|(_, domain)| domain)
    }
}

fn squeezed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_are_known_by_address_domain_and_name() {
        let fields =
            crate::mail::header::parse("To: \"Returns Desk\" <support@vendor.example>\nFrom: a@b.example\n").unwrap();
        let own = Own::of(&fields, &["Support@Vendor.example".to_owned()]);
        for from in [
            "support@vendor.example",
            "Sales <sales@VENDOR.example>",
            "Vendor Inc.",
            "VENDOR Sales [mailto:sales@vendor.example]",
            "Returns Desk",
            "returns desk",
        ] {
            assert!(own.wrote(from), "{from}");
        }
        for from in ["Ann <ann@customer.example>", "Vendor Fans <x@fans.example>", "Desk", "", "ann@notvendor.example"]
        {
            assert!(!own.wrote(from), "{from}");
        }
    }
}
