-- Who lives where, from when to when, who says so. A correction supersedes a version, it never overwrites one.
create table tenancies (
    locality text not null,
    id uuid not null,
    version integer not null,
    resident_id uuid not null,
    dwelling_id uuid not null,
    main boolean not null,
    moved_in_on date not null,
    moved_out_on date,
    said_by text not null,
    undone boolean not null,
    reason text,
    recorded_at timestamptz not null,
    recorded_by uuid,
    superseded_at timestamptz,
    primary key (locality, id, version),
    foreign key (locality, resident_id) references residents (locality, id),
    foreign key (locality, dwelling_id) references dwellings (locality, id)
);
create index tenancies_by_resident on tenancies (locality, resident_id, moved_in_on);
create index tenancies_by_dwelling on tenancies (locality, dwelling_id, moved_in_on);
create unique index tenancies_current on tenancies (locality, id) where superseded_at is null;
-- The rule checks whole periods; this makes two open main dwellings impossible even for two clerks at once.
create unique index tenancies_one_open_main on tenancies (locality, resident_id)
    where superseded_at is null and main and not undone and moved_out_on is null;

-- One row per resident, touched before their periods are compared: changes to one person's tenancies queue up.
create table tenancy_turns (
    locality text not null,
    resident_id uuid not null,
    changes bigint not null,
    primary key (locality, resident_id),
    foreign key (locality, resident_id) references residents (locality, id)
);

-- What somebody says is wrong about a tenancy, and what the committee answered; `latest` is shown beside the fact.
create table tenancy_disputes (
    locality text not null,
    id uuid not null,
    tenancy_id uuid not null,
    latest boolean not null,
    reason text not null,
    disputed_at timestamptz not null,
    disputed_by uuid,
    settlement text,
    settled_at timestamptz,
    settled_by uuid,
    primary key (locality, id)
);
create unique index tenancy_disputes_latest on tenancy_disputes (locality, tenancy_id) where latest;

-- What peers told of people whose origin is here: the locality they live in and the office to ask, never the flat.
create table residences_elsewhere (
    locality text not null,
    id uuid not null,
    resident_id uuid not null,
    peer text not null,
    division text not null,
    contact_office text not null,
    contact_phone text,
    since date not null,
    until date,
    undone boolean not null,
    asks_for_changes boolean not null,
    updated_at timestamptz not null,
    primary key (locality, id),
    foreign key (locality, resident_id) references residents (locality, id)
);
create index residences_elsewhere_by_resident on residences_elsewhere (locality, resident_id);
