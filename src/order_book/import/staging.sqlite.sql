CREATE TEMP TABLE staged_products (file_line, part_number, title, product_line, serialized, aliases);
CREATE TEMP TABLE staged_customers (file_line, account_number, account_key, name, company, emails, country);
CREATE TEMP TABLE staged_addresses (address, domain, account_number);
CREATE TEMP TABLE staged_invoices (
    file_line, invoice_number, invoice_key, bare_key, account_number, invoiced_on, channel, ship_to_country,
    payment_method, currency, freight, insurance, free_shipping, actual_shipping_cost, shipped_on, delivered_on
);
CREATE TEMP TABLE staged_lines (
    file_line, invoice_number, line, part_number, quantity, unit_price, extended_warranty_months
);
CREATE TEMP TABLE staged_units (file_line, serial_number, serial_key, bare_key, invoice_number, line);
