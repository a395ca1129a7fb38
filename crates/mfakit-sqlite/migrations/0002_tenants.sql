-- The list of tenants: those with a document of the kind of policies.

CREATE INDEX tenants ON documents (tenant) WHERE kind = 3;
