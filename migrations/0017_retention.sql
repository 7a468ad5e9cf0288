-- When a person was forgotten; what holds that back, and who asked for it.
alter table residents add column forgotten_at timestamptz;

create table erasure_holds (
    locality text not null,
    id uuid not null,
    resident_id uuid not null,
    case_ref text not null,
    until date not null,
    placed_by uuid not null,
    placed_at timestamptz not null,
    lifted_by uuid,
    lifted_at timestamptz,
    primary key (locality, id),
    foreign key (locality, resident_id) references residents (locality, id)
);
create index erasure_holds_by_resident on erasure_holds (locality, resident_id);

create table erasure_requests (
    locality text not null,
    resident_id uuid not null,
    asked_on date not null,
    asked_at timestamptz not null,
    asked_by uuid not null,
    primary key (locality, resident_id),
    foreign key (locality, resident_id) references residents (locality, id)
);

-- What a received message is about, so that it can be found when that is forgotten.
alter table stream_in add column about_id uuid;
create index stream_in_by_about on stream_in (locality, about_id);

create index journal_by_time on journal (locality, at, id);
