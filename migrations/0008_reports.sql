-- What landlords, employers and residents file, and what the committee made of it.
create table reports (
    locality text not null,
    id uuid not null,
    receipt text not null,
    filer_id uuid not null,
    landlord_id uuid,
    dwelling_id uuid not null,
    committee text not null,
    kind text not null,
    occupant_name text not null,
    document_kind text,
    document_number bytea,
    phone bytea,
    moved_on date not null,
    lease_until date,
    state text not null,
    reason text,
    resident_id uuid,
    tenancy_id uuid,
    fingerprint bytea not null,
    version integer not null,
    filed_at timestamptz not null,
    decided_at timestamptz,
    decided_by uuid,
    primary key (locality, id),
    unique (locality, receipt),
    foreign key (locality, dwelling_id) references dwellings (locality, id)
);
-- The same report filed twice is one report; a returned one may be filed again.
create unique index reports_by_fingerprint on reports (locality, fingerprint) where state <> 'returned';
create index reports_by_committee on reports (locality, committee, state, id);
create index reports_by_landlord on reports (locality, landlord_id, id);
