-- Persons: identity, documents, contact, and what they consented to.
create table residents (
    locality text not null,
    id uuid not null,
    committee text not null,
    name text not null,
    name_folded text not null,
    sex text not null,
    birth_date date,
    origin text not null,
    verification text not null,
    phone bytea,
    version integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (locality, id)
);
create index residents_by_committee on residents (locality, committee, id);
create index residents_by_name on residents (locality, name_folded, id);

create table resident_documents (
    locality text not null,
    id uuid not null,
    resident_id uuid not null,
    kind text not null,
    number bytea not null,
    blind_index bytea not null,
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    primary key (locality, id),
    foreign key (locality, resident_id) references residents (locality, id)
);
create index resident_documents_by_resident on resident_documents (locality, resident_id);

create table consents (
    locality text not null,
    id uuid not null,
    resident_id uuid not null,
    given_by uuid not null,
    purpose text not null,
    recipient text not null,
    text_version text not null,
    given_at timestamptz not null,
    withdrawn_at timestamptz,
    primary key (locality, id),
    foreign key (locality, resident_id) references residents (locality, id)
);
create index consents_by_resident on consents (locality, resident_id);
