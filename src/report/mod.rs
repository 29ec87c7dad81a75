//! A result as text, Markdown, HTML, charts, JUnit; renderers only format.
