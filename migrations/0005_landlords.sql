-- Owners, employers, agents and property managers, and the dwellings they answer for.
create table landlords (
    locality text not null,
    id uuid not null,
    committee text not null,
    kind text not null,
    legal_form text not null,
    name text not null,
    credit_code text,
    document_kind text,
    document_number bytea,
    document_index bytea,
    phone bytea,
    created_at timestamptz not null,
    primary key (locality, id)
);
create index landlords_by_committee on landlords (locality, committee, id);
create unique index landlords_by_credit_code on landlords (locality, credit_code, kind) where credit_code is not null;
create unique index landlords_by_document on landlords (locality, document_index, kind) where document_index is not null;

create table responsibilities (
    locality text not null,
    id uuid not null,
    landlord_id uuid not null,
    dwelling_id uuid not null,
    valid_from date not null,
    valid_until date,
    recorded_at timestamptz not null,
    primary key (locality, id),
    foreign key (locality, landlord_id) references landlords (locality, id),
    foreign key (locality, dwelling_id) references dwellings (locality, id)
);
create index responsibilities_by_landlord on responsibilities (locality, landlord_id, dwelling_id);
create index responsibilities_by_dwelling on responsibilities (locality, dwelling_id, landlord_id);
create unique index responsibilities_open on responsibilities (locality, landlord_id, dwelling_id)
    where valid_until is null;
