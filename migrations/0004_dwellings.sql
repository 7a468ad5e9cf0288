-- THE KEY: buildings and sites, and the dwellings in them.
create table buildings (
    locality text not null,
    id uuid not null,
    committee text not null,
    kind text not null,
    name text not null,
    address text not null,
    created_at timestamptz not null,
    closed_on date,
    primary key (locality, id)
);
create index buildings_by_committee on buildings (locality, committee, id);

create table dwellings (
    locality text not null,
    id uuid not null,
    building_id uuid not null,
    committee text not null,
    door_code text not null,
    label text not null,
    floor integer not null,
    position integer not null,
    dwelling_use text not null,
    capacity integer not null,
    created_at timestamptz not null,
    closed_on date,
    primary key (locality, id),
    unique (locality, door_code),
    unique (locality, building_id, label),
    foreign key (locality, building_id) references buildings (locality, id)
);
create index dwellings_by_committee on dwellings (locality, committee, id);

-- The 25-digit housing code changes when committees do: a dated attribute, not an id.
create table housing_codes (
    locality text not null,
    dwelling_id uuid not null,
    valid_from date not null,
    valid_until date,
    housing_code text not null,
    recorded_at timestamptz not null,
    primary key (locality, dwelling_id, valid_from),
    foreign key (locality, dwelling_id) references dwellings (locality, id)
);
create index housing_codes_by_code on housing_codes (locality, housing_code);
