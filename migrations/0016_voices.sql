-- What a person agreed to, word for word, and in which capacity; the person's own consent takes the place of a guardian's.
alter table consents add column given_as text;
alter table consents add column recipient_name text;
alter table consents add column text_zh text;
alter table consents add column text_en text;
alter table consents add column replaced_by uuid;
create index consents_by_giver on consents (locality, given_by);

-- When a withdrawn consent was told to, or heard from, a peer: what rested on it is used no further.
alter table stream_out add column consent_withdrawn_at timestamptz;
alter table residences_elsewhere add column consent_withdrawn_at timestamptz;
alter table civil_records add column consent_withdrawn_at timestamptz;

-- What landlord, resident and committee each say of a tenancy. A side's new statement takes the place of its own older one.
create table tenancy_statements (
    locality text not null,
    id uuid not null,
    tenancy_id uuid not null,
    side text not null,
    says text not null,
    moved_in_on date,
    moved_out_on date,
    via text not null,
    report_id uuid,
    stated_at timestamptz not null,
    recorded_by uuid,
    superseded_at timestamptz,
    primary key (locality, id)
);
create index tenancy_statements_by_tenancy on tenancy_statements (locality, tenancy_id);
create unique index tenancy_statements_current on tenancy_statements (locality, tenancy_id, side)
    where superseded_at is null;

-- What a person was told, and whether it reached them. Ids, codes and days only: the words are in the program.
create table notices (
    locality text not null,
    id uuid not null,
    resident_id uuid not null,
    kind text not null,
    about_id uuid,
    details text not null,
    told_at timestamptz not null,
    read_at timestamptz,
    delivery text not null,
    attempts integer not null,
    try_at timestamptz not null,
    delivered_at timestamptz,
    primary key (locality, id),
    foreign key (locality, resident_id) references residents (locality, id)
);
create index notices_by_resident on notices (locality, resident_id, id);
create index notices_by_delivery on notices (locality, delivery, try_at);
