-- Files a committee took out of the register, and the row of each person in them by its mark.
create table exports (
    locality text not null,
    id uuid not null,
    committee text not null,
    purpose text not null,
    basis text not null,
    case_ref text not null,
    exported_by uuid not null,
    exported_at timestamptz not null,
    persons bigint not null,
    primary key (locality, id)
);
create index exports_by_committee on exports (locality, committee, id);

create table export_rows (
    locality text not null,
    mark text not null,
    export_id uuid not null,
    resident_id uuid not null,
    primary key (locality, mark),
    foreign key (locality, export_id) references exports (locality, id)
);
create index export_rows_by_resident on export_rows (locality, resident_id);
