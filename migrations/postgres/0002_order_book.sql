-- What the vendor sold. A *_key is a look-alike key of the number beside it and a bare_key the same without the number's
-- leading letters.

-- Raised by every import, so that a cached catalogue knows when it is old.
CREATE TABLE order_book (
    only_row BIGINT PRIMARY KEY CHECK (only_row = 1),
    revision BIGINT NOT NULL
);
INSERT INTO order_book (only_row, revision) VALUES (1, 0);

CREATE TABLE products (
    part_number  TEXT PRIMARY KEY,
    title        TEXT NOT NULL,
    product_line TEXT NOT NULL,
    serialized   BOOLEAN NOT NULL,
    aliases      JSONB NOT NULL
);

CREATE TABLE customers (
    account_number TEXT PRIMARY KEY,
    account_key    TEXT NOT NULL,
    name           TEXT NOT NULL,
    company        TEXT,
    emails         JSONB NOT NULL,
    country        TEXT NOT NULL
);
CREATE INDEX customers_key ON customers (account_key);

-- The addresses of customers.emails, to be searched.
CREATE TABLE customer_addresses (
    address        TEXT NOT NULL,
    domain         TEXT NOT NULL,
    account_number TEXT NOT NULL REFERENCES customers (account_number),
    PRIMARY KEY (address, account_number)
);
CREATE INDEX customer_addresses_domain ON customer_addresses (domain, account_number);
CREATE INDEX customer_addresses_account ON customer_addresses (account_number);

CREATE TABLE invoices (
    invoice_number       TEXT PRIMARY KEY,
    invoice_key          TEXT NOT NULL,
    bare_key             TEXT,
    account_number       TEXT NOT NULL REFERENCES customers (account_number),
    invoiced_on          DATE NOT NULL,
    channel              TEXT NOT NULL,
    ship_to_country      TEXT NOT NULL,
    payment_method       TEXT NOT NULL,
    currency             TEXT NOT NULL,
    freight              NUMERIC(12, 2) NOT NULL,
    insurance            NUMERIC(12, 2) NOT NULL,
    free_shipping        BOOLEAN NOT NULL,
    actual_shipping_cost NUMERIC(12, 2) NOT NULL,
    shipped_on           DATE,
    delivered_on         DATE
);
CREATE INDEX invoices_key ON invoices (invoice_key, account_number);
CREATE INDEX invoices_bare_key ON invoices (bare_key, account_number) WHERE bare_key IS NOT NULL;

CREATE TABLE invoice_lines (
    invoice_number           TEXT NOT NULL REFERENCES invoices (invoice_number),
    line                     BIGINT NOT NULL,
    part_number              TEXT NOT NULL REFERENCES products (part_number),
    quantity                 BIGINT NOT NULL,
    unit_price               NUMERIC(12, 2) NOT NULL,
    extended_warranty_months BIGINT NOT NULL,
    PRIMARY KEY (invoice_number, line)
);

-- A unit is named by its part number and its serial number; the part stands on the line.
CREATE TABLE units (
    serial_number  TEXT NOT NULL,
    invoice_number TEXT NOT NULL,
    line           BIGINT NOT NULL,
    serial_key     TEXT NOT NULL,
    bare_key       TEXT,
    -- the unit that this one was shipped in place of; such a unit was not sold
    replaces       TEXT,
    PRIMARY KEY (serial_number, invoice_number, line),
    FOREIGN KEY (invoice_number, line) REFERENCES invoice_lines (invoice_number, line)
);
CREATE INDEX units_line ON units (invoice_number, line);
CREATE INDEX units_key ON units (serial_key);
CREATE INDEX units_bare_key ON units (bare_key) WHERE bare_key IS NOT NULL;
