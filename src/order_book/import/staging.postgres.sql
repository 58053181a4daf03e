CREATE TEMP TABLE staged_products (
    file_line BIGINT, part_number TEXT, title TEXT, product_line TEXT, serialized BOOLEAN, aliases JSONB
);
CREATE TEMP TABLE staged_customers (
    file_line BIGINT, account_number TEXT, account_key TEXT, name TEXT, company TEXT, emails JSONB, country TEXT
);
CREATE TEMP TABLE staged_addresses (address TEXT, domain TEXT, account_number TEXT);
CREATE TEMP TABLE staged_invoices (
    file_line BIGINT, invoice_number TEXT, invoice_key TEXT, bare_key TEXT, account_number TEXT, invoiced_on DATE,
    channel TEXT, ship_to_country TEXT, payment_method TEXT, currency TEXT, freight NUMERIC(12, 2),
    insurance NUMERIC(12, 2), free_shipping BOOLEAN, actual_shipping_cost NUMERIC(12, 2), shipped_on DATE,
    delivered_on DATE
);
CREATE TEMP TABLE staged_lines (
    file_line BIGINT, invoice_number TEXT, line BIGINT, part_number TEXT, quantity BIGINT, unit_price NUMERIC(12, 2),
    extended_warranty_months BIGINT
);
CREATE TEMP TABLE staged_units (
    file_line BIGINT, serial_number TEXT, serial_key TEXT, bare_key TEXT, invoice_number TEXT, line BIGINT
);
