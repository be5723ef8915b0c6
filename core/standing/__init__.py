"""Customer types by rule and by hand (客户类型转换): rules that administrators write, and what they would change."""
