//! Words of the fields that call records must have.

use super::messages;

messages! {
    /// Title and findings.
    RecordWords {
        title: "Required fields of the call records", "Обязательные поля записей о вызовах";
        field_column: "Field", "Поле";
        found_column: "Found", "Найдено";
        missing: "missing in {missing} of {rows} rows, first in {file}:{line}", "не заполнено в строках: {missing} из {rows}, первая — {file}:{line}";
        call: "(call {call})", "(вызов {call})";
        filled: "filled in {rows} of {rows} rows", "заполнено в строках: {rows} из {rows}";
        no_row: "no row that must have it", "нет строк, в которых оно требуется";
        no_column: "{file} has no column for {column}", "в {file} нет столбца для {column}";
        no_column_of: "{file} has no column for {column}: missing in all {rows} rows", "в {file} нет столбца для {column}: не заполнено во всех строках ({rows})";
        lacking: "required field {field}: {found}", "обязательное поле {field}: {found}";
        heading: "{file}, {rows} rows", "{file}, строк: {rows}";
        columns: "{file} has the columns {columns}; --column FIELD=COLUMN says where a field stands", "столбцы {file}: {columns}; --column ПОЛЕ=СТОЛБЕЦ указывает, где какое поле";
        columns_by_number: "{file} has columns 1 to {width}, without names; --column FIELD=NUMBER says where a field stands", "столбцы {file} без названий, от 1 до {width}; --column ПОЛЕ=НОМЕР указывает, где какое поле";
        no_calls: "{file} holds no call: nothing to judge", "в {file} нет ни одного вызова: судить не по чему";
    }
}
