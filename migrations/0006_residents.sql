-- Persons: identity, documents, contact, and what they consented to.
create table residents (
    locality text not null,
    id uuid not null,
    committee text not null,
    name text not null,
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
create index residents_by_origin on residents (locality, origin, id);

-- What a person can be found by inside a committee: the name folded, and its readings in pinyin. Bytes, because
-- texts are ordered by the database's language, and a prefix is a range.
create table resident_name_terms (
    locality text not null,
    term bytea not null,
    resident_id uuid not null,
    primary key (locality, term, resident_id),
    foreign key (locality, resident_id) references residents (locality, id)
);
create index resident_name_terms_by_resident on resident_name_terms (locality, resident_id);

create table resident_documents (
    locality text not null,
    id uuid not null,
    resident_id uuid not null,
    kind text not null,
    number bytea not null,
    blind_index bytea not null,
    tells_birth boolean not null,
    recorded_at timestamptz not null,
    superseded_at timestamptz,
    primary key (locality, id),
    foreign key (locality, resident_id) references residents (locality, id)
);
create index resident_documents_by_resident on resident_documents (locality, resident_id);
create unique index resident_documents_current on resident_documents (locality, resident_id) where superseded_at is null;

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
create unique index consents_live on consents (locality, resident_id, purpose, recipient) where withdrawn_at is null;
